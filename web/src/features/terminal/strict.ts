/**
 * xterm.js under a policy without `'unsafe-inline'`.
 *
 * Where a cell has a colour of its own, xterm writes it with `span.setAttribute('style', …)`, which `style-src 'self'`
 * refuses. Spans hand that text to `style.cssText` instead: the same text by way of the CSSOM, which the policy allows.
 * Its `<style>` elements are seen to by ui/strict-styles.
 */
export function allowSpanStyles(): void {
  HTMLSpanElement.prototype.setAttribute = function (this: HTMLSpanElement, name: string, value: string) {
    if (name === 'style') this.style.cssText = value
    else Element.prototype.setAttribute.call(this, name, value)
  }
}
