// MikroORM over our schema: the explicit list of entities, for the migrator and for whoever reads records as entities.
import { entities } from '../records/entities.ts'

export function ormOptions({ databaseUrl, schema }: { databaseUrl: string; schema: string }) {
  return {
    clientUrl: databaseUrl,
    // MikroORM reads host, user and database out of clientUrl but drops parameters such as sslmode.
    driverOptions: { connectionString: databaseUrl },
    schema,
    entities,
    pool: { min: 0, max: 4 },
    discovery: { warnWhenNoEntities: false },
  }
}
