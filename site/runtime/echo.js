// What is said and done at the top of a long page, repeated at the lower edge of the window while it is
// out of sight there.
import { byId, element } from './dom.js';

const SHOWN = 8000; // ms that what was said stays

/**
 * Repeats the elements `message`, `bar-text` and `stop` of a page. For the eyes alone: a screen
 * reader hears the originals, and the keyboard has them.
 */
export function echo() {
  const text = element('span');
  const stop = element('button', { type: 'button', tabindex: '-1' }, 'Stop');
  const line = element('div', { class: 'echo', 'aria-hidden': 'true', hidden: true }, text, stop);
  stop.addEventListener('click', () => byId('stop').click());
  document.body.append(line);
  const [message, bar] = [byId('message'), byId('bar')];
  /** @type {Set<Element>} */
  const seen = new Set();
  let said = '';
  let until = 0;
  const show = () => {
    const busy = !bar.hidden;
    if (message.textContent !== said) {
      said = message.textContent ?? '';
      until = performance.now() + SHOWN;
      setTimeout(show, SHOWN);
    }
    const news = busy ? (byId('bar-text').textContent ?? '') : said;
    const hidden = !news || seen.has(busy ? bar : message);
    line.hidden = hidden || (!busy && performance.now() >= until);
    stop.hidden = !busy;
    if (text.textContent !== news) text.textContent = news;
  };
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) seen.add(target);
      else seen.delete(target);
    }
    show();
  });
  for (const each of [message, bar]) {
    sight.observe(each);
    const changes = { childList: true, characterData: true, subtree: true, attributes: true };
    new MutationObserver(show).observe(each, changes);
  }
}
