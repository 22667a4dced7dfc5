/** After the page has loaded, the browser itself refuses every further request. */

const RULES = [
  "default-src 'none'",
  "script-src 'wasm-unsafe-eval'",
  "style-src 'unsafe-inline'",
  "img-src blob: data:",
  "connect-src 'none'",
  "form-action 'none'",
];

/** From now on nothing is sent or fetched. Rules can only be added, never lifted. */
export function sealPage() {
  const rule = document.createElement("meta");
  rule.httpEquiv = "Content-Security-Policy";
  rule.content = RULES.join("; ");
  document.head.append(rule);
}
