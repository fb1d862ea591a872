// The page opens from a folder of a plain server, draws itself, and complains of nothing.
export default async (t) => {
  const page = await t.open();
  await page.locator("h1").first().waitFor({ state: "attached" });
  await t.screenshot(page, "open");
  const outside = t.requests.filter((path) => !path.startsWith("/course/kube/"));
  t.check(outside.length === 0, `asked for files outside its folder: ${outside.join(" ")}`);
};
