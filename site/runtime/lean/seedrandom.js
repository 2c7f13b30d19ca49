// tfjs-core asks for seedrandom, which brings seven generators, and uses one of them.
import alea from 'seedrandom/lib/alea.js';

export { alea };
