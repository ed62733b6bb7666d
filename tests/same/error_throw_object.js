// throw of a plain object prints it inspected
throw { code: 5, nested: { deep: [1, 2] } };
