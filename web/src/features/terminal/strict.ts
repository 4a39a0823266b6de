/**
 * xterm.js under a policy without `'unsafe-inline'`.
 *
 * Where a cell has a colour of its own, xterm writes it as `setAttribute('style', …)`, which `style-src 'self'` refuses.
 * It takes the document from an option, so it gets one whose spans hand that text to `style.cssText`, which is CSSOM and
 * allowed. Everything else is the real document. Its `<style>` elements are seen to by ui/strict-styles.
 */
export function strictDocument(real: Document): Document {
  const createElement = (name: string, options?: ElementCreationOptions) => {
    const element = real.createElement(name, options)
    if (name === 'span') element.setAttribute = setAttribute
    return element
  }
  return new Proxy(real, {
    get(target, key) {
      if (key === 'createElement') return createElement
      const value: unknown = Reflect.get(target, key, target)
      // Methods of the real document refuse to run on the proxy.
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
}

function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}
