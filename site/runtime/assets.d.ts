declare module '*.wasm' {
  const path: string;
  export default path;
}

declare module 'seedrandom/lib/alea.js' {
  const alea: (seed?: string | number) => () => number;
  export default alea;
}
