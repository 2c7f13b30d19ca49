// Added to every page by `python build.py serve`: loads it again when there is a new version, says
// what is being made, and shows what could not be built. The last good page stays underneath.
(() => {
  // While one edits, a page must come from the disk: nothing is kept for use without a network.
  document.documentElement.dataset.development = 'true';
  navigator.serviceWorker
    ?.getRegistrations()
    .then((all) => all.forEach((each) => void each.unregister()))
    .catch(() => {});

  const here = location.pathname.replace(/^\//, '').replace(/index\.html$/, '');
  const events = new EventSource(`/__prebake__/events?page=${encodeURIComponent(`/${here}`)}`);
  const waiting = document.getElementById('prebake-waiting');
  let leaving = false;
  let drawn = '';
  let error = '';

  // Constructed, since the pages' policy allows no style in the document.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    #prebake-error, #prebake-note { position: fixed; z-index: 2147483647; margin: 0; color: #fff; }
    #prebake-error { inset: auto 0 0 0; max-height: 50vh; overflow: auto; padding: 1rem 1.5rem;
      background: #7a1f0b; font: 14px/1.5 ui-monospace, monospace; white-space: pre-wrap;
      overflow-wrap: anywhere; }
    #prebake-note { inset: auto auto 1rem 1rem; max-width: calc(100vw - 2rem); box-sizing: border-box;
      padding: .5rem .9rem; border-radius: .4rem; background: #211d1a; border: 1px solid #655d55;
      font: 14px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
    .prebake-status { font: 14px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums;
      color: light-dark(#655d55, #aaa198); margin: .5rem 0 0; }
    #prebake-spoken { position: fixed; width: 1px; height: 1px; overflow: hidden;
      clip-path: inset(50%); white-space: nowrap; }
  `);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  /** Finds an element of this script or adds it at the end of the page. */
  function own(id, tag, role) {
    const found = document.getElementById(id);
    if (found) return found;
    const made = document.createElement(tag);
    made.id = id;
    if (role) made.setAttribute('role', role);
    return document.body.appendChild(made);
  }

  function set(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function showError(text) {
    error = text;
    // A page that waits may say it itself.
    const said = waiting?.querySelector('[role=alert]');
    if (!text || said) return void document.getElementById('prebake-error')?.remove();
    const which = waiting ? '' : 'Not everything could be built. The last good version is shown.\n\n';
    set(own('prebake-error', 'pre', 'alert'), `${which}${text}`);
  }

  /** Numbers change all the time; a screen reader is told only of another thing that is done. */
  function speak(text) {
    set(own('prebake-spoken', 'p', 'status'), text.replace(/[:.].*/, ''));
  }

  /** What happens to a page that is shown already, but in an old version. */
  function note(text) {
    if (!text) return void document.getElementById('prebake-note')?.remove();
    const element = own('prebake-note', 'p');
    set(element, `A new version is being made. ${text}`);
  }

  /** Below each card of the gallery, what happens to its page. */
  function mark(pages) {
    const texts = new Map(pages.filter((page) => page.url).map((page) => [page.url, page]));
    for (const link of document.querySelectorAll('main a[href]')) {
      const url = new URL(link.href);
      if (url.origin !== location.origin) continue;
      const card = link.closest('li, article, section') ?? link.parentElement;
      const page = texts.get(url.pathname.replace(/^\//, ''));
      let status = card.querySelector('.prebake-status');
      if (!page) {
        status?.remove();
        continue;
      }
      if (!status) {
        status = document.createElement('p');
        status.className = 'prebake-status';
        (link.closest('h2, h3')?.parentElement ?? card).append(status);
      }
      set(status, page.shown ? `${page.text} (an older version is shown)` : page.text);
    }
  }

  function reload() {
    if (leaving) return;
    leaving = true;
    events.close();
    location.reload();
  }

  function status({ pages, page }) {
    if (waiting) {
      if (page.shown) return reload();
      if (page.html && page.html !== drawn) waiting.innerHTML = drawn = page.html;
      showError(error);
      speak(page.text);
      return;
    }
    if (here === '') mark(pages);
    else note(page.text);
    speak(page.text);
  }

  const read = (listener) => (event) => {
    // The stream's own error (the server is gone) has no data.
    if (event.data !== undefined) listener(JSON.parse(event.data));
  };
  events.addEventListener('status', read(status));
  events.addEventListener('error', read(showError));
  events.addEventListener('built', read(() => showError('')));
  events.addEventListener(
    'ready',
    read((urls) => {
      if (urls.includes(here)) reload();
    }),
  );
  addEventListener('beforeunload', () => events.close());
})();
