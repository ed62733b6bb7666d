#!/usr/bin/env node (a first line that starts with #! is skipped, and lines are still counted from it)
console.log("after the shebang");
throw new Error("line 3");
