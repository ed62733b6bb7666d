// the last line is a comment without a newline
console.log("a")
console.log("b") // end