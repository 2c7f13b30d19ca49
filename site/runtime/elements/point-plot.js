// <point-plot>: points and straight lines in a plane, whose points can be moved, added and removed.
//
// Attributes: `label`, what it shows; `editable`. Property: `chosen`, the point that was last in
// use, or -1. Methods: show(content), removePoint(number). Events: `points`, with the points as the
// visitor wants them: they change only when they are shown; `chosen`. Mouse, pen and touch: a
// point is dragged, a click beside the points adds one. Keyboard: every point is a stop; arrows
// move it (with Shift in larger steps), Delete and Backspace remove it.

const NS = 'http://www.w3.org/2000/svg';
/** @type {[number, number]} */
const TALL = [220, 340]; // px, from small screens to wide ones
const SHAPE = 0.56; // the height for a width between
const PAD = { left: 30, right: 10, top: 10, bottom: 22 };
const REACH = 20; // px, how near to a point a pointer takes it

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {{x: [number, number], y: [number, number]}} Range
 * @typedef {{weight: number, bias: number}} Line
 *
 * @typedef {object} Content
 * @property {Range} range what of the plane is seen
 * @property {Point[]} points
 * @property {Line[]} [lines] the first in the accent colour, the others dashed
 * @property {Point[]} [marks] rings, one on each line
 * @property {Line} [from] from which the distances of the points are drawn
 */

export class PointPlot extends HTMLElement {
  chosen = -1;
  /** @type {Content} */
  #content = { range: { x: [0, 1], y: [0, 1] }, points: [] };
  #width = 360; // px, as on the screen, so that letters and points keep their size
  #height = 220;
  #svg = svg('svg', {});
  #grid = svg('g', {});
  #lines = svg('g', {});
  #points = svg('g', {});
  #gridded = ''; // the range that the grid was drawn for
  #pointer = -1; // the one that drags; a second finger does not
  #onPoint = false; // whether the pointer went down on a point
  #resized = new ResizeObserver(() => this.#resize());

  connectedCallback() {
    if (!this.#svg.isConnected) this.#build();
    this.#resized.observe(this);
  }

  disconnectedCallback() {
    this.#resized.disconnect();
  }

  #build() {
    this.#svg.setAttribute('role', this.#editable ? 'group' : 'img');
    this.#svg.setAttribute('aria-label', this.getAttribute('label') ?? 'Plot');
    this.#svg.append(this.#grid, this.#lines, this.#points);
    this.append(this.#svg);
    if (!this.#editable) return;
    this.#svg.addEventListener('pointerdown', (event) => {
      this.#onPoint = this.#number(event.target) >= 0;
    });
    this.#svg.addEventListener('click', (event) => this.#click(event));
  }

  get #editable() {
    return this.hasAttribute('editable');
  }

  /** @param {Content} content */
  show(content) {
    this.#content = content;
    const { points, lines = [], marks = [], from } = content;
    this.#drawGrid();
    this.#lines.replaceChildren(
      ...(from ? points.map((point) => this.#distance(point, from)) : []),
      ...lines.flatMap((line, i) => this.#line(line, i)),
      ...marks.map((mark, i) => this.#mark(mark, i)),
    );
    // Points stay the elements they are, so that focus and a drag under way are not lost.
    while (this.#points.childElementCount > points.length) this.#points.lastElementChild?.remove();
    while (this.#points.childElementCount < points.length) this.#points.append(this.#newPoint());
    if (this.chosen >= points.length) this.chosen = -1;
    for (const [i, point] of points.entries()) this.#place(this.#points.children[i], point, i);
  }

  /**
   * Asks for the points without one of them; the next is chosen.
   * @param {number} number
   */
  removePoint(number) {
    const rest = this.#content.points.filter((_, i) => i !== number);
    this.chosen = Math.min(number, rest.length - 1);
    this.#ask(rest);
  }

  /** @param {number} number */
  #focus(number) {
    /** @type {SVGElement | undefined} */ (this.#points.children[number])?.focus();
  }

  // -- drawing -----------------------------------------------------------------------------

  #resize() {
    if (!this.clientWidth) return;
    this.#width = this.clientWidth;
    this.#height = Math.round(limit(this.#width * SHAPE, TALL));
    this.#svg.setAttribute('viewBox', `0 0 ${this.#width} ${this.#height}`);
    this.#gridded = '';
    this.show(this.#content);
  }

  /** @param {number} x */
  #left(x) {
    const [low, high] = this.#content.range.x;
    return PAD.left + ((x - low) / (high - low)) * (this.#width - PAD.left - PAD.right);
  }

  /** @param {number} y */
  #top(y) {
    const [low, high] = this.#content.range.y;
    return (
      this.#height - PAD.bottom - ((y - low) / (high - low)) * (this.#height - PAD.top - PAD.bottom)
    );
  }

  #drawGrid() {
    const { x, y } = this.#content.range;
    if (this.#gridded === String([x, y])) return;
    this.#gridded = String([x, y]);
    const parts = [
      ...steps(x).flatMap((at) => {
        const where = { x1: this.#left(at), x2: this.#left(at), y1: this.#top(y[0]), y2: PAD.top };
        const text = {
          class: 'tick',
          x: this.#left(at),
          y: this.#height - 6,
          'text-anchor': 'middle',
        };
        return [
          svg('line', { class: at ? 'grid' : 'axis', ...where }),
          svg('text', text, spell(at)),
        ];
      }),
      ...steps(y).flatMap((at) => {
        const where = { x1: PAD.left, x2: this.#left(x[1]), y1: this.#top(at), y2: this.#top(at) };
        const text = { class: 'tick', x: PAD.left - 5, y: this.#top(at) + 4, 'text-anchor': 'end' };
        return [
          svg('line', { class: at ? 'grid' : 'axis', ...where }),
          svg('text', text, spell(at)),
        ];
      }),
    ];
    const corner = { x: this.#width - PAD.right - 6, y: this.#height - PAD.bottom - 6 };
    const names = [
      svg('text', { class: 'tick name', ...corner, 'text-anchor': 'end' }, 'x'),
      svg('text', { class: 'tick name', x: PAD.left + 6, y: PAD.top + 12 }, 'y'),
    ];
    this.#grid.replaceChildren(...parts, ...names);
  }

  /**
   * @param {Line} line
   * @param {number} i
   */
  #line(line, i) {
    const ends = clip(line, this.#content.range);
    if (!ends) return [];
    const [a, b] = ends;
    const where = {
      x1: this.#left(a.x),
      y1: this.#top(a.y),
      x2: this.#left(b.x),
      y2: this.#top(b.y),
    };
    return [svg('line', { class: `fit fit-${i}`, ...where })];
  }

  /**
   * @param {Point} mark
   * @param {number} i
   */
  #mark({ x, y }, i) {
    const where = { cx: this.#left(x), cy: this.#top(y), r: i ? 9 : 5 };
    return svg('circle', { class: `mark fit-${i}`, ...where });
  }

  /**
   * How far the line passes from a point.
   * @param {Point} point
   * @param {Line} line
   */
  #distance({ x, y }, { weight, bias }) {
    const at = this.#top(limit(weight * x + bias, this.#content.range.y));
    const where = { x1: this.#left(x), x2: this.#left(x), y1: this.#top(y), y2: at };
    return svg('line', { class: 'distance', ...where });
  }

  // -- points ------------------------------------------------------------------------------

  #newPoint() {
    const made = svg('g', { class: 'point' });
    made.append(
      svg('circle', { class: 'reach', r: REACH }),
      svg('circle', { class: 'ring', r: 10 }),
      svg('circle', { class: 'dot', r: 5.5 }),
    );
    if (!this.#editable) return made;
    const attributes = { tabindex: '0', role: 'slider', 'aria-roledescription': 'movable point' };
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    // A finger on a point drags it and does not scroll. Inside of an SVG, touch-action does not say
    // so in Chromium.
    made.addEventListener('touchstart', (event) => event.preventDefault(), { passive: false });
    made.addEventListener('pointerdown', (event) => this.#grab(event));
    made.addEventListener('pointermove', (event) => this.#drag(event));
    for (const name of ['pointerup', 'pointercancel']) {
      made.addEventListener(name, (event) => this.#drop(/** @type {PointerEvent} */ (event)));
    }
    made.addEventListener('keydown', (event) => this.#key(event));
    made.addEventListener('focus', () => this.#choose(made));
    return made;
  }

  /**
   * @param {Element} element
   * @param {Point} point
   * @param {number} i
   */
  #place(element, { x, y }, i) {
    element.setAttribute('transform', `translate(${this.#left(x)} ${this.#top(y)})`);
    if (!this.#editable) return;
    const [low, high] = this.#content.range.y;
    const attributes = {
      'aria-label': `Point ${i + 1}`,
      'aria-valuemin': low,
      'aria-valuemax': high,
      'aria-valuenow': y,
      'aria-valuetext': `x ${spell(x)}, y ${spell(y)}`,
    };
    for (const [name, value] of Object.entries(attributes)) {
      element.setAttribute(name, String(value));
    }
    setChosen(element, i === this.chosen);
  }

  /** @param {Element} point */
  #choose(point) {
    this.chosen = this.#number(point);
    for (const each of this.#points.children) setChosen(each, each === point);
    this.dispatchEvent(new CustomEvent('chosen', { bubbles: true }));
  }

  /** @param {EventTarget | null} target */
  #number(target) {
    const point = target instanceof Element ? target.closest('.point') : null;
    return point ? [...this.#points.children].indexOf(point) : -1;
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    const point = /** @type {Element} */ (event.currentTarget);
    this.#pointer = event.pointerId;
    point.setPointerCapture(event.pointerId);
    this.#choose(point);
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#move(this.#number(event.currentTarget), this.#at(event));
  }

  /** @param {PointerEvent} event */
  #drop(event) {
    if (event.pointerId === this.#pointer) this.#pointer = -1;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const { points, range } = this.#content;
    const at = this.#at(event);
    if (this.#onPoint || !inside(at.x, range.x) || !inside(at.y, range.y)) return;
    this.#ask([...points, this.#within(at)]);
    this.#focus(points.length);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const arrow = arrows[/** @type {keyof typeof arrows} */ (event.key)];
    const number = this.#number(event.currentTarget);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (arrow) {
      const step = event.shiftKey ? 1 : 0.1;
      const { x, y } = this.#content.points[number];
      this.#move(number, { x: x + arrow[0] * step, y: y + arrow[1] * step });
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      this.removePoint(number);
      this.#focus(this.chosen);
    } else return;
    event.preventDefault();
  }

  /**
   * @param {number} number
   * @param {Point} to
   */
  #move(number, to) {
    const points = [...this.#content.points];
    points[number] = this.#within(to);
    this.#ask(points);
  }

  /** Where a pointer is, in the plane. @param {MouseEvent} event */
  #at(event) {
    const box = this.#svg.getBoundingClientRect();
    const left = ((event.clientX - box.left) / box.width) * this.#width - PAD.left;
    const top = ((event.clientY - box.top) / box.height) * this.#height - PAD.top;
    const { x, y } = this.#content.range;
    return {
      x: x[0] + (left / (this.#width - PAD.left - PAD.right)) * (x[1] - x[0]),
      y: y[1] - (top / (this.#height - PAD.top - PAD.bottom)) * (y[1] - y[0]),
    };
  }

  /** @param {Point} point */
  #within({ x, y }) {
    const { range } = this.#content;
    return { x: tenth(limit(x, range.x)), y: tenth(limit(y, range.y)) };
  }

  /** @param {Point[]} points */
  #ask(points) {
    this.dispatchEvent(new CustomEvent('points', { bubbles: true, detail: points }));
  }
}

customElements.define('point-plot', PointPlot);

/**
 * The part of a line that lies in a range; null if none does.
 * @param {Line} line
 * @param {Range} range
 * @returns {[Point, Point] | null}
 */
function clip({ weight, bias }, range) {
  let [from, to] = range.x;
  // Where the line is as low and as high as the range; a level line is so nowhere.
  const [a, b] = range.y.map((y) => (y - bias) / weight).sort((one, other) => one - other);
  if (weight !== 0) {
    from = Math.max(from, a);
    to = Math.min(to, b);
  } else if (!inside(bias, range.y)) return null;
  if (!(from < to)) return null;
  return [
    { x: from, y: weight * from + bias },
    { x: to, y: weight * to + bias },
  ];
}

/**
 * The multiples of 1, 2 or 5 times a power of ten in a range: about six of them.
 * @param {[number, number]} range
 */
function steps([low, high]) {
  const wish = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(wish));
  const step = ([1, 2, 5, 10].find((each) => each * power >= wish) ?? 10) * power;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

/**
 * A number with a minus sign that is as wide as the other signs.
 * @param {number} value
 * @param {number} [digits] after the point; as many as it has without
 */
export function spell(value, digits) {
  const text = digits === undefined ? String(Number(value.toFixed(6))) : value.toFixed(digits);
  return text.replace(/^-(?=.*[1-9])/, '−').replace(/^-/, '');
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
function svg(name, attributes, text = '') {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/**
 * @param {Element} point
 * @param {boolean} chosen
 */
function setChosen(point, chosen) {
  /** @type {SVGElement} */ (point).dataset.chosen = String(chosen);
}

/**
 * @param {number} value
 * @param {[number, number]} range
 */
const inside = (value, [low, high]) => value >= low && value <= high;

/**
 * @param {number} value
 * @param {[number, number]} range
 */
const limit = (value, [low, high]) => Math.min(high, Math.max(low, value));

/**
 * Points lie on tenths, which can be read and typed.
 * @param {number} value
 */
const tenth = (value) => Math.round(value * 10) / 10;
