import { z } from 'zod';
import { outputOf } from './planted-tree.ts';

const cruiseSchema = z.object({
  modules: z.array(
    z.object({
      source: z.string(),
      dependents: z.array(z.string()).default([]),
      dependencies: z.array(
        z.object({ resolved: z.string(), rules: z.array(z.object({ name: z.string() })).default([]) }),
      ),
    }),
  ),
});

export type CruisedModule = z.infer<typeof cruiseSchema>['modules'][number];

/** The modules dependency-cruiser sees in the folders, as the project's rules judge them. */
export async function cruise(root: string, folders: readonly string[]): Promise<readonly CruisedModule[]> {
  const output = await outputOf({
    script: 'dependency-cruiser/bin/dependency-cruiser.mjs',
    args: ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders],
    folder: root,
  });
  return cruiseSchema.parse(JSON.parse(output)).modules;
}
