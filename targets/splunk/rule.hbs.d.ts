/** Made of `rule.hbs` by `build.mjs`. All texts are single lines but `search`, whose lines end in backslashes. */
export interface StanzaContext {
  readonly name: string;
  readonly description: string;
  readonly search: string;
  readonly earliest: string;
  readonly latest: string;
  readonly cron: string;
  readonly trigger: { readonly relation: string; readonly quantity: string } | undefined;
  readonly digest: string;
  readonly suppression: string;
  readonly suppressionFields: string;
  readonly severity: string;
  readonly annotations: string;
  readonly metadata: string;
  readonly notable: readonly { readonly key: string; readonly value: string }[];
}

declare const template: (context: StanzaContext) => string;
export default template;
