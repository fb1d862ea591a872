// `www/bundle.mjs` makes this module of the folders of lessons/challenges.
declare module "challenges" {
  const challenges: Record<string, Record<string, string>>;
  export default challenges;
}
