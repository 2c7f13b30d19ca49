// Stands in for vega-embed inside tfjs-vis. Vega compiles its expressions with eval, which the
// page's policy forbids; given syntax trees and an interpreter it needs none.
import { View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import embed from '../../../node_modules/vega-embed/build/vega-embed.module.js';

/** vega-embed 6.17 looks for the interpreter inside Vega, where Vega 5.20 does not have it. */
class InterpretedView extends View {
  /**
   * @param {any} runtime
   * @param {any} options
   */
  constructor(runtime, options) {
    super(runtime, { ...options, expr: expressionInterpreter });
  }
}

/**
 * @param {HTMLElement} element
 * @param {any} spec
 * @param {object} [options]
 */
export default function embedWithoutEval(element, spec, options = {}) {
  return embed(element, spec, {
    ...options,
    ast: true,
    viewClass: InterpretedView,
    // The menu and the tooltip would each bring a <style> element, which the policy forbids.
    defaultStyle: false,
    actions: false,
    tooltip: false,
  });
}
