// `www/bundle.mjs` makes this module of the folders of lessons/course and lessons/challenges: by kind, name, and file.
declare module "built" {
  const built: Record<string, Record<string, Record<string, string>>>;
  export default built;
}

// And this one of all that come with the page: a lesson's title in each language, by its id.
declare module "titles" {
  const titles: Record<string, { ko: string; en: string }>;
  export default titles;
}
