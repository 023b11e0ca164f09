/** The sample shop's tables, in SQL for both MySQL 8 and MariaDB. */

const OPTIONS = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci'

/** CREATE TABLE by table name. */
export const TABLES = {
  customers: `CREATE TABLE customers (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    email VARCHAR(255) NOT NULL,
    country CHAR(2) NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    profile JSON NULL,
    avatar BLOB NULL,
    loyalty_points BIGINT UNSIGNED NOT NULL
  ) ${OPTIONS}`,

  orders: `CREATE TABLE orders (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    ordered_at DATETIME NOT NULL,
    customer_id BIGINT NOT NULL,
    amount DECIMAL(12,2) NOT NULL,
    status VARCHAR(16) NOT NULL,
    note TEXT NULL
  ) ${OPTIONS}`,

  order_items: `CREATE TABLE order_items (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id BIGINT NOT NULL,
    sku VARCHAR(32) NOT NULL,
    title VARCHAR(100) NOT NULL,
    quantity INT NOT NULL,
    unit_price DECIMAL(10,4) NOT NULL,
    shipped_at DATETIME(3) NULL
  ) ${OPTIONS}`,

  /** Every type of a MySQL column except spatial ones. */
  everything: `CREATE TABLE everything (
    id BIGINT NOT NULL PRIMARY KEY,
    a_tinyint TINYINT NULL,
    a_boolean BOOLEAN NULL,
    a_smallint SMALLINT NULL,
    a_mediumint MEDIUMINT NULL,
    an_int INT NULL,
    an_unsigned_int INT UNSIGNED NULL,
    a_bigint BIGINT NULL,
    an_unsigned_bigint BIGINT UNSIGNED NULL,
    a_decimal DECIMAL(12,2) NULL,
    a_wide_decimal DECIMAL(65,30) NULL,
    a_float FLOAT NULL,
    a_double DOUBLE NULL,
    a_bit BIT(1) NULL,
    a_wide_bit BIT(64) NULL,
    a_date DATE NULL,
    a_time TIME NULL,
    a_fine_time TIME(6) NULL,
    a_datetime DATETIME NULL,
    a_fine_datetime DATETIME(6) NULL,
    a_timestamp TIMESTAMP NULL,
    a_fine_timestamp TIMESTAMP(3) NULL,
    a_year YEAR NULL,
    a_char CHAR(10) NULL,
    a_varchar VARCHAR(255) NULL,
    a_text TEXT NULL,
    a_long_text LONGTEXT NULL,
    a_latin1_varchar VARCHAR(50) CHARACTER SET latin1 NULL,
    a_json JSON NULL,
    a_binary BINARY(4) NULL,
    a_varbinary VARBINARY(255) NULL,
    a_blob BLOB NULL,
    an_enum ENUM('small', 'medium, or so', '大') NULL,
    a_set SET('red', 'green', '青') NULL
  ) ${OPTIONS}`,
} as const

export type TableName = keyof typeof TABLES

/** Created after the rows, because sorting at the end is several times as fast as keeping them sorted. */
export const INDEXES = [
  'ALTER TABLE orders ADD INDEX orders_ordered_at (ordered_at)',
  'ALTER TABLE order_items ADD INDEX order_items_order (order_id)',
]
