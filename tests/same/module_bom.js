// a byte order mark before the first character is dropped
console.log("after the mark");
console.log("x".charCodeAt(0), "﻿".length);
