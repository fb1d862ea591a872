// `www/bundle.mjs` makes this module of the folders of lessons/course and lessons/challenges: by kind, name, and file.
declare module "built" {
  const built: Record<string, Record<string, Record<string, string>>>;
  export default built;
}
