// an uncaught Error in a timer callback
setTimeout(function late() {
  console.log('in the timer');
  null.property;
}, 5);
