// nothing is open or asked for when a program starts
console.log(process._getActiveRequests().length, process._getActiveHandles().map((h) => h.constructor.name));
console.log(process.getActiveResourcesInfo ? process.getActiveResourcesInfo() : []);
setTimeout(() => console.log(process._getActiveHandles().length <= 2), 1);
