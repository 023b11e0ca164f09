/** Begins the template's metadata that say which product and version is deployed on; the construct's path follows. */
export const ENGINE_METADATA = 'carryout:databaseEngine:'
