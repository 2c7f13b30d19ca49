// <draw-pad>: a square to draw on with mouse, touch, pen or keyboard.
//
// Attributes: `label`, what it is for; `describedby`, the id of what says more. Properties: `brush` (diameter in units of a 280-unit
// square), `empty`, `strokes`, `undone`, `locked` (nothing can be drawn). Methods: undo(), redo(),
// clear(), ink(side). Event: `ink`, after every change. Keyboard: arrows move the pen (with Shift
// in larger steps), Space puts it down or lifts it, Backspace or Ctrl+Z takes the last stroke back,
// Ctrl+Shift+Z or Ctrl+Y brings it again, Delete clears, Escape lifts the pen.
import { drawStrokes, greyOf } from '../strokes.js';

const SIDE = 280; // units; strokes are kept in them, whatever the size on the screen

/**
 * @typedef {import('../strokes.js').Point} Point in units, 0..280
 * @typedef {import('../strokes.js').Stroke} Stroke
 */

export class DrawPad extends HTMLElement {
  brush = 24;
  /** @type {Stroke[]} */
  strokes = [];
  /** @type {Stroke[]} taken back, the last one at the end */
  undone = [];
  #locked = false;
  /** @type {Stroke | null} */
  #current = null;
  #pen = { x: SIDE / 2, y: SIDE / 2 };
  #keyboard = false;
  #pointer = -1; // the one that draws; a second finger or a palm does not
  #canvas = document.createElement('canvas');
  #status = document.createElement('p');
  #resized = new ResizeObserver(() => this.#paint());

  connectedCallback() {
    if (!this.#canvas.isConnected) this.#build();
    this.#resized.observe(this.#canvas);
  }

  disconnectedCallback() {
    this.#resized.disconnect();
  }

  /** Whether nothing can be drawn now. A stroke that is under way ends. */
  get locked() {
    return this.#locked;
  }

  set locked(locked) {
    this.#locked = locked;
    if (locked) this.#current = null;
  }

  /** Whether nothing is drawn. */
  get empty() {
    return this.strokes.length === 0;
  }

  undo() {
    this.#current = null;
    const stroke = this.locked ? undefined : this.strokes.pop();
    if (!stroke) return;
    this.undone.push(stroke);
    this.#changed();
  }

  redo() {
    this.#current = null;
    const stroke = this.locked ? undefined : this.undone.pop();
    if (!stroke) return;
    this.strokes.push(stroke);
    this.#changed();
  }

  clear() {
    this.#current = null;
    this.strokes = [];
    this.undone = [];
    this.#changed();
  }

  /**
   * The drawing as grey values.
   * @param {number} [side] px of the result
   * @returns {import('../digit.js').Ink} 0 paper, 255 ink
   */
  ink(side = SIDE) {
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no 2D canvas');
    context.fillStyle = '#000';
    context.fillRect(0, 0, side, side);
    drawStrokes(context, this.strokes, side / SIDE, '#fff');
    return { width: side, height: side, data: greyOf(context, side) };
  }

  #build() {
    const canvas = this.#canvas;
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'application');
    canvas.setAttribute('aria-roledescription', 'drawing board');
    canvas.setAttribute('aria-label', this.getAttribute('label') ?? 'Drawing board');
    this.#status.className = 'visually-hidden';
    this.#status.setAttribute('role', 'status');
    const describedBy = this.getAttribute('describedby');
    if (describedBy) canvas.setAttribute('aria-describedby', describedBy);
    this.append(canvas, this.#status);
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const name of ['pointerup', 'pointercancel']) {
      canvas.addEventListener(name, (event) => this.#up(/** @type {PointerEvent} */ (event)));
    }
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('focus', () => this.#paint());
    canvas.addEventListener('blur', () => this.#lift());
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0 || !event.isPrimary || this.locked) return;
    this.#keyboard = false;
    this.#pointer = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#begin(this.#at(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#current || this.#keyboard || event.pointerId !== this.#pointer) return;
    // Every point between two frames, so that a quick curve is not cut into straight lines.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.#current.points.push(this.#at(each));
    this.#changed();
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (!this.#keyboard && event.pointerId === this.#pointer) this.#current = null;
  }

  /** @param {PointerEvent} event */
  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    /** @type {Point} */
    const point = {
      x: ((event.clientX - box.left) / box.width) * SIDE,
      y: ((event.clientY - box.top) / box.height) * SIDE,
    };
    if (event.pointerType === 'pen' && event.pressure > 0) point.pressure = event.pressure;
    return point;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (event.ctrlKey || event.metaKey || event.altKey) {
      const letter = event.altKey ? '' : event.key.toLowerCase();
      if (letter === 'y' || (letter === 'z' && event.shiftKey)) this.redo();
      else if (letter === 'z') this.undo();
      else return;
    } else if (step) this.#walk(step[0], step[1], event.shiftKey ? 28 : 7);
    else if (event.key === ' ') this.#toggle();
    else if (event.key === 'Escape' && this.#current) this.#lift();
    else if (event.key === 'Backspace') this.undo();
    else if (event.key === 'Delete' && !this.locked) this.clear();
    else return;
    event.preventDefault();
  }

  /**
   * @param {number} x direction
   * @param {number} y direction
   * @param {number} length in units
   */
  #walk(x, y, length) {
    this.#keyboard = true;
    this.#pen.x = Math.min(SIDE, Math.max(0, this.#pen.x + x * length));
    this.#pen.y = Math.min(SIDE, Math.max(0, this.#pen.y + y * length));
    if (!this.#current) {
      this.#paint();
      return;
    }
    this.#current.points.push({ ...this.#pen });
    this.#changed();
  }

  #toggle() {
    if (this.#current) {
      this.#lift();
      return;
    }
    if (this.locked) return;
    this.#keyboard = true;
    this.#begin({ ...this.#pen });
    this.#status.textContent = 'Pen down';
  }

  #lift() {
    if (this.#current && this.#keyboard) this.#status.textContent = 'Pen up';
    this.#current = null;
    this.#paint();
  }

  /** @param {Point} point */
  #begin(point) {
    if (this.locked) return;
    this.undone = [];
    this.#current = { brush: this.brush, points: [point] };
    this.strokes.push(this.#current);
    this.#changed();
  }

  #changed() {
    this.#paint();
    this.dispatchEvent(new CustomEvent('ink', { bubbles: true }));
  }

  #paint() {
    const canvas = this.#canvas;
    const side = Math.round(canvas.clientWidth * devicePixelRatio) || SIDE;
    if (canvas.width !== side) {
      canvas.width = side;
      canvas.height = side;
    }
    const context = canvas.getContext('2d');
    if (!context) return;
    const style = getComputedStyle(canvas);
    context.clearRect(0, 0, side, side);
    drawStrokes(context, this.strokes, side / SIDE, style.color);
    if (document.activeElement === canvas && this.#keyboard) this.#cursor(context, style);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {CSSStyleDeclaration} style
   */
  #cursor(context, style) {
    const scale = this.#canvas.width / SIDE;
    context.beginPath();
    context.arc(this.#pen.x * scale, this.#pen.y * scale, (this.brush / 2) * scale, 0, 7);
    context.lineWidth = 2 * devicePixelRatio;
    context.strokeStyle = style.outlineColor;
    context.stroke();
  }
}

customElements.define('draw-pad', DrawPad);
