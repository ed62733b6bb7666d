// CRLF line ends: lines are counted once, templates hold plain newlines
const s = `two
lines`;
console.log(JSON.stringify(s)) // no semicolon
if (s)
  console.log("ok")
throw new Error("line 7");
