// Node 20 has no Promise.withResolvers; one dependency calls it. Loaded with --require.
Promise.withResolvers ??= () => {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
};
