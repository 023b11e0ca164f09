/** A schema in the manner of MySQL's sample one (https://dev.mysql.com/doc/sakila/en/), with the types and objects it shows. */
import type { Column } from '../../engine/rows/column.ts'

export interface Relation {
  name: string
  /** The first one is unique. */
  columns: readonly Pick<Column, 'name' | 'kind' | 'precision'>[]
}

export const SCHEMA = [
  `CREATE TABLE film (
    film_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    title VARCHAR(128) NOT NULL,
    description TEXT,
    release_year YEAR DEFAULT NULL,
    rental_rate DECIMAL(4,2) NOT NULL DEFAULT 4.99,
    length SMALLINT UNSIGNED DEFAULT NULL,
    rating ENUM('G','PG','PG-13','R','NC-17') DEFAULT 'G',
    special_features SET('Trailers','Commentaries','Deleted Scenes','Behind the Scenes') DEFAULT NULL,
    is_long TINYINT(1) GENERATED ALWAYS AS (length > 100) VIRTUAL,
    slug VARCHAR(140) GENERATED ALWAYS AS (LOWER(REPLACE(title, ' ', '-'))) STORED,
    facts JSON,
    last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
  ) CHARSET utf8mb4`,
  `INSERT INTO film (title, description, release_year, rental_rate, length, rating, special_features, facts) VALUES
    ('ACADEMY DINOSAUR', 'An epic, "drama"', 2006, 0.99, 86, 'PG', 'Deleted Scenes,Behind the Scenes', '{"stars": 5}'),
    ('七人の侍', 'Ronin;\\nfarmers\\tand bandits', 1954, 2.99, 207, 'NC-17', '', '["b", null, 1.50]'),
    ('ÆON', NULL, NULL, -1.00, NULL, NULL, NULL, NULL),
    ('', '', 2155, 99.99, 0, 'PG-13', 'Trailers,Commentaries,Deleted Scenes,Behind the Scenes', '"é"')`,
  `CREATE TABLE address (
    address_id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    address VARCHAR(50) NOT NULL,
    location GEOMETRY NOT NULL,
    point_only POINT,
    active BIT(1) NOT NULL DEFAULT b'1',
    last_update TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
  ) CHARSET utf8mb4`,
  `INSERT INTO address (address, location, point_only, active) VALUES
    ('47 MySakila Drive', ST_GeomFromText('POINT(-112.8 49.6)'), ST_GeomFromText('POINT(1 2)'), b'1'),
    ('28 MySQL Boulevard', ST_GeomFromText('LINESTRING(0 0, 1 1, 2 3)'), NULL, b'0'),
    ('東京', ST_GeomFromText('POLYGON((0 0, 4 0, 4 4, 0 0))'), NULL, b'1')`,
  `CREATE TABLE staff (
    staff_id TINYINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    first_name VARCHAR(45) NOT NULL,
    picture BLOB,
    password VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
    shift TIME,
    hired DATE NOT NULL,
    seen DATETIME(6)
  ) CHARSET utf8mb4`,
  `INSERT INTO staff (first_name, picture, password, shift, hired, seen) VALUES
    ('Mike', x'89504E470D0A1A0A00FF', '8cb2237d', '09:30:00', '1999-12-31', '2006-02-15 03:57:16.123456'),
    ('Jon', NULL, NULL, NULL, '2024-02-29', NULL),
    ('Ü', '', '', '23:59:59', '1970-01-01', '1970-01-02 00:00:00.000001')`,
  `CREATE TABLE payment (
    payment_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    film_id SMALLINT UNSIGNED NOT NULL,
    amount DECIMAL(5,2) NOT NULL,
    tax DECIMAL(7,4) GENERATED ALWAYS AS (amount * 0.1) STORED,
    note VARCHAR(40) DEFAULT 'none' INVISIBLE,
    paid_at DATETIME NOT NULL,
    FOREIGN KEY (film_id) REFERENCES film (film_id)
  ) CHARSET utf8mb4`,
  `INSERT INTO payment (film_id, amount, note, paid_at) VALUES (1, 2.99, 'cash', '2005-05-25 11:30:37'),
    (1, 0.00, NULL, '2005-05-28 10:35:23'), (2, 999.99, 'カード', '2005-06-15 00:54:12')`,
  `CREATE VIEW film_list AS SELECT film.film_id AS fid, film.title AS title, film.rating AS rating,
    COUNT(payment.payment_id) AS payments, SUM(payment.amount) AS earned,
    GROUP_CONCAT(payment.paid_at ORDER BY payment.payment_id SEPARATOR ', ') AS paid
    FROM film LEFT JOIN payment USING (film_id) GROUP BY film.film_id, film.title, film.rating`,
  `CREATE VIEW staff_list AS SELECT staff_id AS id, CONCAT(first_name, _utf8mb4' ', hired) AS name, picture, seen,
    IF(password IS NULL, _utf8mb4'none', _utf8mb4'set') AS secret FROM staff`,
  `CREATE PROCEDURE film_in_stock(IN p_film_id INT, IN p_store_id INT, OUT p_film_count INT) READS SQL DATA
    BEGIN SELECT payment_id AS inventory_id FROM payment WHERE film_id = p_film_id; SELECT 1 INTO p_film_count; END`,
]

export const PROCEDURE = 'film_in_stock'

const column = (name: string, kind: Column['kind'], precision: number | null = null) => ({ name, kind, precision })

export const RELATIONS: readonly Relation[] = [
  {
    name: 'film',
    columns: [
      column('film_id', 'integer', 2),
      column('title', 'text'),
      column('description', 'text'),
      column('release_year', 'year'),
      column('rental_rate', 'decimal', 4),
      column('length', 'integer', 2),
      column('rating', 'text'),
      column('special_features', 'text'),
      column('is_long', 'integer', 1),
      column('slug', 'text'),
      column('facts', 'json'),
      column('last_update', 'timestamp'),
    ],
  },
  {
    name: 'address',
    columns: [
      column('address_id', 'integer', 2),
      column('address', 'text'),
      column('location', 'binary'),
      column('point_only', 'binary'),
      column('active', 'bit', 1),
      column('last_update', 'timestamp'),
    ],
  },
  {
    name: 'staff',
    columns: [
      column('staff_id', 'integer', 1),
      column('first_name', 'text'),
      column('picture', 'binary'),
      column('password', 'text'),
      column('shift', 'time'),
      column('hired', 'date'),
      column('seen', 'datetime'),
    ],
  },
  {
    name: 'payment',
    columns: [
      column('payment_id', 'integer', 4),
      column('film_id', 'integer', 2),
      column('amount', 'decimal', 5),
      column('tax', 'decimal', 7),
      column('note', 'text'),
      column('paid_at', 'datetime'),
    ],
  },
  {
    name: 'film_list',
    columns: [
      column('fid', 'integer', 2),
      column('title', 'text'),
      column('rating', 'text'),
      column('payments', 'integer', 8),
      column('earned', 'decimal', 27),
      column('paid', 'text'),
    ],
  },
  {
    name: 'staff_list',
    columns: [
      column('id', 'integer', 1),
      column('name', 'text'),
      column('picture', 'binary'),
      column('seen', 'datetime'),
      column('secret', 'text'),
    ],
  },
]
