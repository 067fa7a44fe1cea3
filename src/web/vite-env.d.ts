declare module "virtual:api-routes" {
  /** Method and path of every endpoint, by group and name: see vite.config.ts. */
  export const routes: Readonly<Record<string, readonly [method: string, path: string]>>
}

declare module "*.module.css" {
  const classes: Readonly<Record<string, string>>
  export default classes
}
