/** Prefix of the template's metadata key for the database's product and version; the construct's path follows. */
export const ENGINE_METADATA = 'carryout:databaseEngine:'
