/** The keys of the metadata that the construct adds to its template for tools that read it, such as the laptop's. */

/** On a function that is made from a catalogue: the catalogue's path relative to the app's root. */
export const CATALOGUE_METADATA = 'carryout:catalogue'
/** On the same function: its handler's file in `functions/`. */
export const HANDLER_METADATA = 'carryout:handler'
/** Prefix of the template's key for the database's product and version; the construct's path follows. */
export const ENGINE_METADATA = 'carryout:databaseEngine:'
