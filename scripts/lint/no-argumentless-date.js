/** `new Date()` reads the clock; in a pure folder time enters as an argument. */
const rule = {
  create(context) {
    return {
      NewExpression(node) {
        if (node.callee.type !== 'Identifier' || node.callee.name !== 'Date') return;
        if (node.arguments.length > 0) return;
        context.report({ node, message: 'Time enters as an argument or a clock.' });
      },
    };
  },
};

export default { meta: { name: 'contender' }, rules: { 'no-argumentless-date': rule } };
