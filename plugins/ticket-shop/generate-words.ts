// The words that generate-orders.ts makes its entries from.

export const products = [
  { category: 'Beverages', names: ['Assam tea', 'Sencha tea', 'Filter coffee', 'Pear juice', 'Ginger ale', 'Rooibos'] },
  { category: 'Preserves', names: ["Grandmother's plum jam", 'Quince jelly', 'Fig mustard', 'Lemon curd'] },
  { category: 'Baking', names: ['Rye flour', 'Vanilla pods', 'Cinnamon, ground', 'Almond flour', 'Yeast'] },
  { category: 'Cheese & dairy', names: ['Gruyère, aged', 'Brie de Meaux', 'Jalapeño cheddar', 'Crème fraîche'] },
  { category: 'Fish', names: ['Smoked trout', 'Gravad lax', 'Sardines in oil', 'Kalamari'] },
  {
    category: 'Kitchen',
    names: ['Chef’s knife "Søren"', 'Copper pan 28 cm', 'Linen towel', 'Mühle & Co. pepper mill'],
  },
  {
    category: 'Books',
    names: ['Bread for beginners', 'Fermentación', '茶の本 (The Book of Tea)', 'Soups <of the> world'],
  },
] as const

export const givenNames = [
  ...[
    'Anna',
    'Björn',
    'Carmen',
    'Dilek',
    'Émile',
    'Fatima',
    'Günther',
    'Hanna',
    'Ivo',
    'Jana',
    'Kofi',
    'Łucja',
    'Maria',
  ],
  ...['Noor', 'Oskar', 'Priya', 'Quentin', 'Rosa', 'Søren', 'Thomas', 'Ulla', 'Víctor', 'Wanda', 'Yuki', 'Zoë', '太郎'],
] as const

export const familyNames = [
  ...['Müller', "O'Brien", 'García', 'Nowak', 'Andersson', 'de la Cruz', 'Yılmaz', 'Okafor', 'Schmidt-Weiß', 'Dubois'],
  ...['Tanaka', 'Rossi', 'Jensen', 'Novák', 'van der Berg', 'Smith', 'Kowalski', 'Ferreira', 'Ålund', 'Li'],
] as const

export const jobTitles = [
  'Owner',
  'Buyer',
  'Head chef',
  'Marketing Manager',
  'Accounting',
  'Vice President, Sales',
] as const

export const streets = [
  'Hauptstraße',
  'Rue de l’Église',
  'High Street',
  'Calle Mayor',
  'Storgatan',
  'Am Markt',
] as const

export const cities = [
  { city: 'Berlin', zipcode: '10115', country: 'Germany' },
  { city: 'Köln', zipcode: '50667', country: 'Germany' },
  { city: 'Wien', zipcode: '1010', country: 'Austria' },
  { city: 'Zürich', zipcode: '8001', country: 'Switzerland' },
  { city: 'Paris', zipcode: '75001', country: 'France' },
  { city: 'London', zipcode: 'EC1A 1BB', country: 'UK' },
  { city: 'Kraków', zipcode: '30-001', country: 'Poland' },
  { city: 'Malmö', zipcode: '211 20', country: 'Sweden' },
  { city: 'A Coruña', zipcode: '15001', country: 'Spain' },
  { city: 'São Paulo', zipcode: '01000-000', country: 'Brazil' },
] as const
