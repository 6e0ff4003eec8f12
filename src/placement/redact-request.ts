/**
 * The request as it may be kept: what was asked for, without anything that could be a secret.
 *
 * Values of environment variables are cut out whatever they are called; of arguments those go that are
 * given to an option with the name of a secret.
 */
import type { Json } from '../log/change.ts';
import type { PlacementRequest } from './request.ts';

const SECRET_NAME = /(pass(word|wd|phrase)?|secret|token|credential|api-?key|private-?key|auth)/i;
const CUT_OUT = '(cut out)';

export function keptRequest(request: PlacementRequest): Json {
  const kept = {
    ...request,
    components: request.components.map((component) => ({
      ...component,
      env: component.env.map(({ name, secretRef }) => ({
        name,
        ...(secretRef === undefined ? {} : { secretRef }),
      })),
      args: keptArguments(component.args),
    })),
  };
  // Through JSON, so that members without a value are gone and the rest is plain.
  return JSON.parse(JSON.stringify(kept)) as Json;
}

function keptArguments(args: readonly string[]): string[] {
  return args.map((argument, index) => {
    const assigned = /^(-{0,2}[\w.-]+)=/.exec(argument)?.[1];
    if (assigned !== undefined && SECRET_NAME.test(assigned)) return `${assigned}=${CUT_OUT}`;
    const before = args[index - 1];
    const isValueOfOption =
      before !== undefined && /^-{1,2}[\w.-]+$/.test(before) && SECRET_NAME.test(before);
    return isValueOfOption && !argument.startsWith('-') ? CUT_OUT : argument;
  });
}
