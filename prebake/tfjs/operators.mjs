// Runs a graph model once on zeros and compares what it runs with what each backend has.
// Reads {root, folder, backends} as JSON from standard input, and prints one JSON line:
// {kernels, problems}, or {missing: package}, or {error}. A problem is {kind, op, node, backend,
// kernel, message}; its kind is "operator" (unknown to tfjs-converter), "asynchronous", "kernel"
// (not registered on the backend), "wrong" (known to err there) or "run" (it fails there).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Sizes to try for axes that the model leaves open; a stack of poolings needs large ones. */
const OPEN = [32, 224];
const TYPES = { DT_BOOL: 'bool', DT_FLOAT: 'float32', DT_HALF: 'float32', DT_DOUBLE: 'float32' };

/** Kernels of tfjs 4.22 that answer otherwise than TensorFlow (measured; see test_operators.py). */
const WRONG = { wasm: ['MaxPool3D'] };

const { root, folder, backends } = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(join(root, 'package.json'));
const answer = (found) => process.stdout.write(`${JSON.stringify(found)}\n`);
// tfjs advertises its native binding.
console.warn = () => {};
console.log = () => {};

try {
  const tf = load('@tensorflow/tfjs-core');
  const { loadGraphModel } = load('@tensorflow/tfjs-converter');
  for (const backend of new Set([...backends, 'wasm', 'cpu']))
    load(`@tensorflow/tfjs-backend-${backend}`);
  const written = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  const unknown = unknownOperators(written.modelTopology);
  if (unknown.length > 0) answer({ kernels: [], problems: unknown });
  else answer(await inspect(tf, loadGraphModel, written));
} catch (error) {
  answer(error.missing ? { missing: error.missing } : { error: String(error.message ?? error) });
}

function load(name) {
  try {
    return require(name);
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') error.missing = name;
    throw error;
  }
}

/** The nodes, the first of each kind, whose operator tfjs-converter does not list. */
function unknownOperators({ node, library }) {
  const known = knownOperators();
  const inner = (library?.function ?? []).flatMap((each) => each.nodeDef ?? []);
  const found = new Map();
  for (const { op, name } of [...node, ...inner]) {
    if (!known.has(op) && !found.has(op)) found.set(op, name);
  }
  return [...found].map(([op, name]) => ({ kind: 'operator', op, node: name, backend: null }));
}

/** What the installed tfjs-converter maps: its mapper imports one list for each category. */
function knownOperators() {
  const entry = require.resolve('@tensorflow/tfjs-converter');
  const operations = join(dirname(entry), 'operations');
  const mapper = readFileSync(join(operations, 'operation_mapper.js'), 'utf8');
  const lists = [...mapper.matchAll(/from '\.\/op_list\/(\w+)'/g)].map((match) => match[1]);
  const names = lists.flatMap((list) => {
    const text = readFileSync(join(operations, 'op_list', `${list}.js`), 'utf8');
    return [...text.matchAll(/'tfOpName': '(\w+)'/g)].map((match) => match[1]);
  });
  return new Set(names);
}

/** Runs the model where Node can, and looks up its kernels on every backend. */
async function inspect(tf, loadGraphModel, written) {
  const registered = new Map(backends.map((backend) => [backend, namesOf(tf, backend)]));
  const problems = [];
  let ran = null;
  // WASM computes faster than plain JavaScript; the latter has every kernel.
  for (const backend of ['wasm', 'cpu']) {
    await tf.setBackend(backend);
    if (tf.getBackend() !== backend) throw new Error(`the backend ${backend} does not start`);
    const run = await runOnce(tf, loadGraphModel, written);
    if (run.problem === null) {
      ran = run;
      break;
    }
    problems.push({ ...run.problem, backend });
  }
  if (ran === null) return { kernels: [], problems: [{ ...problems.at(-1), backend: null }] };
  const lacking = lackingKernels(ran.kernels, registered);
  // Where a kernel is missing, the failure says nothing more.
  const lacks = new Set(lacking.map((problem) => problem.backend));
  const failed = problems.filter(
    ({ backend }) => backends.includes(backend) && !lacks.has(backend),
  );
  return { kernels: [...ran.kernels.keys()], problems: [...lacking, ...failed] };
}

function namesOf(tf, backend) {
  return new Set(tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName));
}

function lackingKernels(kernels, registered) {
  const found = [];
  for (const [kernel, { op, name }] of kernels) {
    for (const [backend, has] of registered) {
      const wrong = WRONG[backend]?.includes(kernel);
      const kind = wrong ? 'wrong' : 'kernel';
      if (wrong || !has.has(kernel)) found.push({ kind, op, node: name, kernel, backend });
    }
  }
  return found;
}

/** One prediction on zeros: its kernels with the node that ran each first, or the problem. */
async function runOnce(tf, loadGraphModel, written) {
  const ran = record(tf, tf.getBackend());
  let problem = null;
  for (const open of OPEN) {
    const model = await loadGraphModel({ load: async () => artifacts(written) });
    const { kernels, done } = watch(model.executor, ran);
    try {
      model.execute(zeros(tf, written.signature, open), model.outputNodes);
      return { kernels, problem: null };
    } catch (error) {
      problem = explain(error, model.executor, done);
    }
  }
  return { kernels: new Map(), problem };
}

/** The names of the kernels that will run. tf.profile would swallow their errors. */
function record(tf, backend) {
  const ran = [];
  for (const config of tf.getKernelsForBackend(backend)) {
    const { kernelName, kernelFunc } = config;
    config.kernelFunc = (given) => {
      ran.push(kernelName);
      return kernelFunc(given);
    };
  }
  return ran;
}

function zeros(tf, signature, open) {
  const inputs = Object.entries(signature.inputs);
  return Object.fromEntries(
    inputs.map(([name, info]) => [
      name,
      tf.zeros(shapeOf(info, open), TYPES[info.dtype] ?? 'int32'),
    ]),
  );
}

function shapeOf({ tensorShape }, open) {
  const sizes = (tensorShape?.dim ?? []).map(({ size }) => Number(size));
  return sizes.map((size, axis) => (size >= 0 ? size : axis === 0 ? 1 : open));
}

/** Notes which node ran which kernel: the executor calls this method after every node. */
function watch(executor, ran) {
  const kernels = new Map();
  const done = new Set();
  ran.length = 0;
  const method = 'checkTensorForDisposalWithNodeLiveUntilInfo';
  const original = executor[method];
  executor[method] = (node, ...rest) => {
    for (const name of ran.splice(0)) if (!kernels.has(name)) kernels.set(name, node);
    done.add(node.name);
    return original.call(executor, node, ...rest);
  };
  return { kernels, done };
}

/** The node at which a run ended. */
function explain(error, executor, done) {
  const message = String(error.message ?? error).replace(/\.$/, '');
  const dynamic = message.match(/contains the node '(.+?)', which has the dynamic op '(.+?)'/);
  if (dynamic) return { kind: 'asynchronous', node: dynamic[1], op: dynamic[2], message };
  const compiled = [...executor.compiledMap.values()].at(-1)?.orderedNodes ?? [];
  const inputs = new Set(executor.inputs.map(({ name }) => name));
  const given = ({ name }) => executor.weightMap[name] || inputs.has(name);
  const node = compiled.find((each) => !given(each) && !done.has(each.name));
  return { kind: 'run', node: node?.name ?? 'unknown', op: node?.op ?? 'unknown', message };
}

function artifacts(written) {
  const groups = written.weightsManifest;
  const files = groups.flatMap((group) => group.paths.map((path) => join(folder, path)));
  return {
    modelTopology: written.modelTopology,
    signature: written.signature,
    weightSpecs: groups.flatMap((group) => group.weights),
    weightData: Uint8Array.from(Buffer.concat(files.map((file) => readFileSync(file)))).buffer,
  };
}
