import type { Rule } from '../stage';
import { unknownKeys } from '../schemas/keys';
import type { Schemas } from '../schemas/schemas';

/** Every object is of a kind that we know, has the published form, and no key that we do not use. */
export const schema =
  (schemas: Schemas): Rule =>
  (stage) =>
    stage.objects.flatMap((object) => {
      const found = schemas.get(`${object.apiVersion} ${object.kind}`);
      if (found === undefined) {
        const problem = `${object.apiVersion} is not a version of this kind that is known here`;
        return [
          stage.complain(
            'schema',
            object,
            'apiVersion',
            problem,
            'correct it, or add the kind to tools/manifests/schemas',
          ),
        ];
      }
      const unknown = unknownKeys(object.body, found.keys).map((path) =>
        stage.complain(
          'schema',
          object,
          path,
          'is not a key of this kind that we use',
          'correct its spelling or place',
        ),
      );
      return unknown.length > 0
        ? unknown
        : wrongValues(found, object.body).map((message) =>
            stage.complain('schema', object, fieldOf(message), message, 'correct the value'),
          );
    });

function wrongValues(found: { check(body: object): void }, body: object): readonly string[] {
  try {
    found.check(body);
    return [];
  } catch (error) {
    return [error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'is not valid'];
  }
}

const fieldOf = (message: string): string => /data\/([^\s,]+)/.exec(message)?.[1]?.replaceAll('/', '.') ?? 'spec';
