import { z } from 'zod';
import { ArtifactRef, SessionDate } from './primitives.ts';

/**
 * What a model uses and how, as the sidecar writes it (sidecar/contender_sidecar/explanation.py): one number for each feature, in
 * the order of `features`. It describes a version; nothing decides on it.
 */
export const Explanation = z
  .strictObject({
    schema: z.literal(1),
    features: z.array(z.string().min(1)).min(1),
    gain: z.array(z.number().min(0)).describe('total gain of the splits on the feature'),
    permutation: z.strictObject({
      from: SessionDate,
      to: SessionDate,
      rows: z.int().min(0),
      meanRankIc: z.number().nullable().describe('out of sample, nothing permuted; null: no session has one'),
      fall: z
        .array(z.number().nullable())
        .describe('by how much it falls when the feature is permuted within its sessions'),
    }),
    partialDependence: z.array(
      z.strictObject({ value: z.array(z.number()), score: z.array(z.number()) }).describe('one point each'),
    ),
    shap: z.strictObject({
      meanAbsolute: z.array(z.number().min(0)),
      meanSigned: z.array(z.number()),
      base: z.number(),
    }),
  })
  .refine(
    ({ features, gain, permutation, partialDependence, shap }) =>
      [gain, permutation.fall, partialDependence, shap.meanAbsolute, shap.meanSigned].every(
        (list) => list.length === features.length,
      ),
    'has one number for each feature',
  )
  .meta({ id: 'Explanation' });
export type Explanation = z.infer<typeof Explanation>;

export const EXPLANATION_FIGURES = ['permutation', 'gain', 'shap', 'dependence'] as const;
export type ExplanationFigure = (typeof EXPLANATION_FIGURES)[number];

/** The plots of an explanation, as SVG; kept in the provenance of its version. */
export const ExplanationFigures = z
  .strictObject({
    permutation: ArtifactRef,
    gain: ArtifactRef,
    shap: ArtifactRef,
    dependence: ArtifactRef,
  })
  .meta({ id: 'ExplanationFigures' });
export type ExplanationFigures = z.infer<typeof ExplanationFigures>;
