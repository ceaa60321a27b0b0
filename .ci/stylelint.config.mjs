// A rule of a part stands in one line, like a row of a table, and the parts in
// the order of the pages: what is about the form of a stylesheet is off.
export default {
  extends: "stylelint-config-standard",
  rules: {
    "at-rule-empty-line-before": null,
    "comment-empty-line-before": null,
    "declaration-block-single-line-max-declarations": null,
    "declaration-empty-line-before": null,
    "media-feature-range-notation": null,
    "no-descending-specificity": null,
    "property-no-vendor-prefix": [true, { ignoreProperties: ["/text-size-adjust$/"] }],
    "rule-empty-line-before": null,
    "selector-attribute-quotes": null,
  },
};
