// Added to every page by `python build.py serve`: reloads it after a build, or shows why there
// was none. The last good page stays underneath.
(() => {
  // While one edits, a page must come from the disk: nothing is kept for use without a network.
  document.documentElement.dataset.development = 'true';
  navigator.serviceWorker
    ?.getRegistrations()
    .then((all) => all.forEach((each) => void each.unregister()))
    .catch(() => {});
  const events = new EventSource('/__prebake__/events');
  let panel = null;

  function show(text) {
    panel ??= document.body.appendChild(document.createElement('pre'));
    panel.setAttribute('role', 'alert');
    panel.id = 'prebake-error';
    panel.textContent = `The site could not be built. This is the last good one.\n\n${text}`;
    Object.assign(panel.style, {
      position: 'fixed',
      inset: 'auto 0 0 0',
      maxHeight: '50vh',
      overflow: 'auto',
      margin: '0',
      padding: '1rem 1.5rem',
      background: '#7a1f0b',
      color: '#fff',
      font: '14px/1.5 ui-monospace, monospace',
      whiteSpace: 'pre-wrap',
      zIndex: '2147483647',
    });
  }

  events.addEventListener('built', () => location.reload());
  events.addEventListener('error', (event) => {
    // The stream's own error (the server is gone) has no data.
    if (event.data) show(JSON.parse(event.data));
  });
  addEventListener('beforeunload', () => events.close());
})();
