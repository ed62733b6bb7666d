// a ReferenceError on line 3, after a comment and an empty line

console.log(notDefined);
