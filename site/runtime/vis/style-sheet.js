// Stands in for the sheet of glamor, which tfjs-vis styles itself with. Its own makes an empty
// <style> element, and the page's policy forbids those; a constructed style sheet is allowed.

export class StyleSheet {
  #sheet = new CSSStyleSheet();

  inject() {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#sheet];
  }

  /** Rules are always inserted one by one, as its fast way does. */
  speedy() {}

  /** @param {string} rule */
  insert(rule) {
    try {
      this.#sheet.insertRule(rule, this.#sheet.cssRules.length);
    } catch {
      // A rule with another browser's prefix; theirs to understand.
    }
  }

  flush() {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => s !== this.#sheet);
    this.#sheet.replaceSync('');
  }

  rules() {
    return [...this.#sheet.cssRules];
  }
}
