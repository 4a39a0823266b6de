/**
 * Lets libraries that write `<style>` elements (the scroll lock of dialogs, the terminal) work under `style-src 'self'`.
 *
 * Such elements would be refused by the browser. Here `document.createElement('style')` gives an element of ours instead
 * that hands its text to a constructed style sheet, which the policy allows: the text never passes the HTML parser.
 * Style sheets of our own are files and do not come this way.
 */
const NAME = 'crane-style'

class SheetElement extends HTMLElement {
  private readonly constructed = new CSSStyleSheet()
  private readonly observer = new MutationObserver(() => this.refresh())

  connectedCallback() {
    this.hidden = true
    this.observer.observe(this, { childList: true, characterData: true, subtree: true })
    this.refresh()
    if (!document.adoptedStyleSheets.includes(this.constructed)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.constructed]
  }

  disconnectedCallback() {
    this.observer.disconnect()
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.constructed)
  }

  get sheet(): CSSStyleSheet {
    return this.constructed
  }

  private refresh() {
    this.constructed.replaceSync(this.textContent)
  }
}

export function startStrictStyles() {
  if (customElements.get(NAME)) return
  customElements.define(NAME, SheetElement)
  // Only one signature of the function is deprecated, and it is the one its bare name stands for.
  /* eslint-disable @typescript-eslint/no-deprecated */
  const create = document.createElement.bind(document)
  document.createElement = (name: string, options?: ElementCreationOptions) => create(name.toLowerCase() === 'style' ? NAME : name, options)
  /* eslint-enable @typescript-eslint/no-deprecated */
}
