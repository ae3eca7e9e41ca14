// The database addon is not compiled (its build needs tools that CI does not have): whoever asks for it is told so, and
// the nodes keep their chain in memory.
const Module = require('module');
const load = Module._load;
Module._load = function (name, ...rest) {
  if (name === 'leveldown') {
    return function () { throw Error('the database addon is not built: run with --memory'); };
  }
  return load.call(this, name, ...rest);
};
