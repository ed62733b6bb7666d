// sixty megabytes of buffers and a big heap of small objects fit
const bufs = Array.from({ length: 6 }, (_, i) => Buffer.alloc(10 << 20, i + 1));
const objs = Array.from({ length: 150000 }, (_, i) => ({ i }));
console.log(bufs.map((b) => b[b.length - 1]).join(), objs.length, 'x'.repeat(1 << 25).length);
