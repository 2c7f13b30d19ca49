// The camera of the device, for single photographs; its light is off as soon as it is not needed.
import { PageError } from '../fetch.js';

export class Camera {
  /** @type {MediaStream | null} */
  #stream = null;

  /**
   * @param {HTMLVideoElement} video
   * @param {{facing?: 'environment' | 'user', otherwise?: string}} [options]
   *   facing: the side that it should look to; otherwise: what to do without a camera, a sentence
   */
  constructor(video, { facing = 'environment', otherwise = 'Choose photographs instead.' } = {}) {
    this.video = video;
    this.facing = facing;
    this.otherwise = otherwise;
    // Nobody looks through it on a page that is out of sight.
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.stop();
    });
  }

  get running() {
    return this.#stream !== null;
  }

  /**
   * @param {() => void} onStop after it was stopped, or taken away
   * @returns {Promise<boolean>} whether it has a picture now; not if it was stopped meanwhile
   * @throws {PageError} if there is none, or the visitor does not allow it
   */
  async start(onStop) {
    if (this.#stream) return true;
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new PageError(`This browser gives pages no camera here. ${this.otherwise}`);
    }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: this.facing, width: { ideal: 1280 }, height: { ideal: 960 } },
      });
    } catch (cause) {
      throw new PageError(this.#reason(/** @type {DOMException} */ (cause)), { cause });
    }
    this.stop(); // one that was asked for at the same time
    this.#stream = stream;
    this.onStop = onStop;
    for (const track of stream.getTracks()) track.onended = () => this.stop();
    // Nobody may be there any more when the browser has asked.
    if (document.hidden) this.stop();
    else await this.#play(stream);
    return this.#stream === stream;
  }

  /** @param {MediaStream} stream */
  async #play(stream) {
    this.video.srcObject = stream;
    try {
      await this.video.play();
    } catch (error) {
      // One that is stopped before its first picture breaks this off; that is no problem.
      if (this.#stream !== stream) return;
      this.stop();
      throw new PageError(this.#reason(/** @type {DOMException} */ (error)), { cause: error });
    }
  }

  stop() {
    if (!this.#stream) return;
    for (const track of this.#stream.getTracks()) {
      track.onended = null;
      track.stop();
    }
    this.#stream = null;
    this.video.srcObject = null;
    this.onStop?.();
  }

  /** @returns {Promise<Blob>} what the camera sees now, its centre as a square */
  async photograph() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const side = Math.min(width, height);
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext('2d');
    if (!context || side === 0) throw new PageError('The camera has no picture yet.');
    const [x, y] = [(width - side) / 2, (height - side) / 2];
    context.drawImage(this.video, x, y, side, side, 0, 0, side, side);
    return canvas.convertToBlob({ type: 'image/png' });
  }

  /** @param {DOMException} error */
  #reason({ name }) {
    if (name === 'NotAllowedError') {
      return `The camera was not allowed. Allow it beside the address. ${this.otherwise}`;
    }
    if (name === 'NotFoundError' || name === 'OverconstrainedError') {
      return `There is no camera on this device. ${this.otherwise}`;
    }
    return `The camera cannot be used now; perhaps another program has it. ${this.otherwise}`;
  }
}
