// a program that prints nothing gives two empty streams and 0
let x = 0;
for (let i = 0; i < 100; i++) x += i;
