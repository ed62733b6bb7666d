// a code node with an async main
async function main({ n }) {
  await new Promise((r) => setTimeout(r, 5));
  return { doubled: n * 2 };
}
main({ n: 21 }).then((o) => console.log(`<<RESULT>>${JSON.stringify(o)}<<RESULT>>`));
