// The WebAssembly backend with its binaries from this site: never from another host.
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';

const here = (/** @type {string} */ path) => new URL(path, import.meta.url).href;

// No threaded binary: threads need headers that GitHub Pages does not send.
setWasmPaths({
  'tfjs-backend-wasm.wasm': here(plain),
  'tfjs-backend-wasm-simd.wasm': here(simd),
  'tfjs-backend-wasm-threaded-simd.wasm': here(simd),
});
