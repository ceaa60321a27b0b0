import js from "@eslint/js";
import globals from "globals";

// Text of others must not become markup: scripts parse only what the server has
// rendered, and only into a template.
const markup = [
  "AssignmentExpression[left.property.name='innerHTML']:not([left.object.name='template'])",
  "[property.name=/^(outerHTML|insertAdjacentHTML|setHTMLUnsafe)$/]",
  "[object.name=document][property.name=/^write(ln)?$/]",
].map((selector) => ({ selector, message: "Build elements, or parse what the server rendered into a template." }));

const rules = {
  ...js.configs.recommended.rules,
  "consistent-return": "error",
  eqeqeq: "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-restricted-syntax": ["error", ...markup],
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
};
const linterOptions = { reportUnusedDisableDirectives: "error" };

export default [
  { files: ["static/*.js"], languageOptions: { globals: globals.browser }, linterOptions, rules },
  { files: ["static/test/*.mjs", ".ci/*.mjs"], languageOptions: { globals: { ...globals.node, ...globals.browser } }, linterOptions, rules },
];
