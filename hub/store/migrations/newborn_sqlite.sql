CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE customers (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    name TEXT,
    legal_name TEXT,
    kind TEXT,
    status TEXT,
    source_status TEXT,
    number TEXT,
    email TEXT,
    phone TEXT,
    website TEXT,
    tax_id TEXT,
    tax_country TEXT,
    company_number TEXT,
    duns TEXT,
    lei TEXT,
    gln TEXT,
    industry TEXT,
    industry_code TEXT,
    employees BIGINT,
    annual_revenue MICROS_BLOB,
    currency TEXT,
    language TEXT,
    segment TEXT,
    owner TEXT,
    lead_source TEXT,
    parent_source_id TEXT,
    bill_to_source_id TEXT,
    street TEXT,
    street2 TEXT,
    city TEXT,
    region TEXT,
    postal_code TEXT,
    country TEXT,
    created_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE contacts (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    customer_source_id TEXT,
    supplier_source_id TEXT,
    name TEXT,
    first_name TEXT,
    last_name TEXT,
    title TEXT,
    department TEXT,
    role TEXT,
    email TEXT,
    phone TEXT,
    mobile TEXT,
    is_primary BOOLEAN,
    status TEXT,
    created_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE addresses (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    customer_source_id TEXT,
    supplier_source_id TEXT,
    role TEXT,
    name TEXT,
    street TEXT,
    street2 TEXT,
    city TEXT,
    region TEXT,
    postal_code TEXT,
    country TEXT,
    phone TEXT,
    email TEXT,
    gln TEXT,
    is_default BOOLEAN,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE suppliers (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    name TEXT,
    legal_name TEXT,
    number TEXT,
    status TEXT,
    source_status TEXT,
    email TEXT,
    phone TEXT,
    website TEXT,
    tax_id TEXT,
    duns TEXT,
    currency TEXT,
    street TEXT,
    street2 TEXT,
    city TEXT,
    region TEXT,
    postal_code TEXT,
    country TEXT,
    created_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE products (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    sku TEXT,
    name TEXT,
    description TEXT,
    gtin TEXT,
    mpn TEXT,
    manufacturer TEXT,
    brand TEXT,
    category TEXT,
    kind TEXT,
    status TEXT,
    source_status TEXT,
    unit TEXT,
    list_price MICROS_BLOB,
    price_quantity MICROS_BLOB,
    unit_cost MICROS_BLOB,
    currency TEXT,
    weight_kg MICROS_BLOB,
    parent_source_id TEXT,
    supplier_source_id TEXT,
    units_on_order MICROS_BLOB,
    reorder_level MICROS_BLOB,
    reorder_quantity MICROS_BLOB,
    lead_time_days MICROS_BLOB,
    is_stocked BOOLEAN,
    created_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE product_units (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    product_source_id TEXT NOT NULL,
    unit TEXT,
    source_unit TEXT,
    numerator MICROS_BLOB,
    denominator MICROS_BLOB,
    gtin TEXT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE product_costs (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    product_source_id TEXT NOT NULL,
    location_source_id TEXT,
    valuation_method TEXT,
    cost MICROS_BLOB,
    per_quantity MICROS_BLOB,
    unit TEXT,
    currency TEXT,
    valid_from BIGINT,
    valid_to BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE locations (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    name TEXT,
    kind TEXT,
    parent_source_id TEXT,
    street TEXT,
    street2 TEXT,
    city TEXT,
    region TEXT,
    postal_code TEXT,
    country TEXT,
    is_active BOOLEAN,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE stock_levels (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    product_source_id TEXT NOT NULL,
    location_source_id TEXT,
    stock_type TEXT,
    batch TEXT,
    on_hand MICROS_BLOB,
    available MICROS_BLOB,
    reserved MICROS_BLOB,
    incoming MICROS_BLOB,
    unit TEXT,
    unit_cost MICROS_BLOB,
    value MICROS_BLOB,
    currency TEXT,
    counted_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE orders (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    number TEXT,
    customer_source_id TEXT,
    contact_source_id TEXT,
    status TEXT,
    source_status TEXT,
    payment_status TEXT,
    channel TEXT,
    po_number TEXT,
    sales_rep TEXT,
    opportunity_source_id TEXT,
    ordered_at BIGINT,
    requested_at BIGINT,
    promised_at BIGINT,
    shipped_at BIGINT,
    delivered_at BIGINT,
    cancelled_at BIGINT,
    cancel_reason TEXT,
    currency TEXT,
    subtotal MICROS_BLOB,
    discount MICROS_BLOB,
    tax MICROS_BLOB,
    shipping MICROS_BLOB,
    total MICROS_BLOB,
    current_total MICROS_BLOB,
    freight_cost MICROS_BLOB,
    tax_included BOOLEAN,
    base_currency TEXT,
    base_total MICROS_BLOB,
    carrier TEXT,
    location_source_id TEXT,
    ship_city TEXT,
    ship_region TEXT,
    ship_postal_code TEXT,
    ship_country TEXT,
    is_test BOOLEAN,
    created_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE order_lines (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    order_source_id TEXT NOT NULL,
    line_number TEXT,
    product_source_id TEXT,
    sku TEXT,
    name TEXT,
    status TEXT,
    source_status TEXT,
    quantity MICROS_BLOB,
    quantity_cancelled MICROS_BLOB,
    quantity_shipped MICROS_BLOB,
    unit TEXT,
    base_quantity MICROS_BLOB,
    unit_price MICROS_BLOB,
    unit_cost MICROS_BLOB,
    discount MICROS_BLOB,
    discount_rate MICROS_BLOB,
    tax MICROS_BLOB,
    total MICROS_BLOB,
    currency TEXT,
    ordered_at BIGINT,
    requested_at BIGINT,
    promised_at BIGINT,
    location_source_id TEXT,
    parent_source_id TEXT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE shipments (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    order_source_id TEXT,
    number TEXT,
    status TEXT,
    source_status TEXT,
    carrier TEXT,
    service TEXT,
    tracking_number TEXT,
    location_source_id TEXT,
    planned_ship_at BIGINT,
    shipped_at BIGINT,
    promised_delivery_at BIGINT,
    delivered_at BIGINT,
    freight_cost MICROS_BLOB,
    currency TEXT,
    ship_country TEXT,
    created_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE shipment_lines (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    shipment_source_id TEXT NOT NULL,
    order_source_id TEXT,
    order_line_source_id TEXT,
    product_source_id TEXT,
    sku TEXT,
    quantity MICROS_BLOB,
    unit TEXT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE returns (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    number TEXT,
    order_source_id TEXT,
    order_line_source_id TEXT,
    customer_source_id TEXT,
    product_source_id TEXT,
    sku TEXT,
    status TEXT,
    source_status TEXT,
    reason TEXT,
    quantity MICROS_BLOB,
    unit TEXT,
    unit_price MICROS_BLOB,
    refund MICROS_BLOB,
    tax MICROS_BLOB,
    currency TEXT,
    restocked BOOLEAN,
    location_source_id TEXT,
    requested_at BIGINT,
    returned_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE invoices (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    number TEXT,
    kind TEXT,
    status TEXT,
    source_status TEXT,
    customer_source_id TEXT,
    order_source_id TEXT,
    issued_at BIGINT,
    due_at BIGINT,
    currency TEXT,
    net MICROS_BLOB,
    tax MICROS_BLOB,
    total MICROS_BLOB,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE invoice_lines (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    invoice_source_id TEXT NOT NULL,
    order_source_id TEXT,
    order_line_source_id TEXT,
    product_source_id TEXT,
    sku TEXT,
    quantity MICROS_BLOB,
    unit TEXT,
    net MICROS_BLOB,
    tax MICROS_BLOB,
    cost MICROS_BLOB,
    freight MICROS_BLOB,
    currency TEXT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE opportunities (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    name TEXT,
    customer_source_id TEXT,
    contact_source_id TEXT,
    lead_source_id TEXT,
    status TEXT,
    stage TEXT,
    amount MICROS_BLOB,
    currency TEXT,
    probability MICROS_BLOB,
    owner TEXT,
    lead_source TEXT,
    campaign_source_id TEXT,
    loss_reason TEXT,
    created_at BIGINT,
    expected_close_on DATE,
    closed_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE opportunity_stages (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    opportunity_source_id TEXT NOT NULL,
    stage TEXT,
    status TEXT,
    entered_at BIGINT,
    amount MICROS_BLOB,
    probability MICROS_BLOB,
    currency TEXT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE leads (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    name TEXT,
    company TEXT,
    title TEXT,
    email TEXT,
    phone TEXT,
    website TEXT,
    industry TEXT,
    employees BIGINT,
    country TEXT,
    status TEXT,
    source_status TEXT,
    lead_source TEXT,
    owner TEXT,
    created_at BIGINT,
    converted_at BIGINT,
    customer_source_id TEXT,
    contact_source_id TEXT,
    opportunity_source_id TEXT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE cases (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    number TEXT,
    subject TEXT,
    customer_source_id TEXT,
    contact_source_id TEXT,
    product_source_id TEXT,
    order_source_id TEXT,
    status TEXT,
    source_status TEXT,
    priority TEXT,
    reason TEXT,
    origin TEXT,
    owner TEXT,
    opened_at BIGINT,
    first_response_at BIGINT,
    closed_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE marketing_spend (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    campaign_source_id TEXT,
    campaign TEXT,
    channel TEXT,
    spent_on DATE,
    spent_until DATE,
    amount MICROS_BLOB,
    currency TEXT,
    customers_won BIGINT,
    leads_won BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE purchase_orders (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    number TEXT,
    supplier_source_id TEXT,
    location_source_id TEXT,
    status TEXT,
    source_status TEXT,
    ordered_at BIGINT,
    promised_at BIGINT,
    currency TEXT,
    total MICROS_BLOB,
    created_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE purchase_order_lines (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    purchase_order_source_id TEXT NOT NULL,
    line_number TEXT,
    product_source_id TEXT,
    sku TEXT,
    location_source_id TEXT,
    status TEXT,
    quantity MICROS_BLOB,
    quantity_received MICROS_BLOB,
    unit TEXT,
    base_quantity MICROS_BLOB,
    unit_price MICROS_BLOB,
    total MICROS_BLOB,
    currency TEXT,
    requested_at BIGINT,
    promised_at BIGINT,
    confirmed_at BIGINT,
    received_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE receipts (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    purchase_order_source_id TEXT,
    purchase_order_line_source_id TEXT,
    product_source_id TEXT,
    location_source_id TEXT,
    quantity MICROS_BLOB,
    unit TEXT,
    received_at BIGINT,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE fx_rates (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    source_updated_at BIGINT,
    extras TEXT,
    first_seen_at BIGINT NOT NULL,
    synced_at BIGINT NOT NULL,
    run_id INTEGER NOT NULL,
    deleted_at BIGINT,
    base_currency TEXT,
    currency TEXT,
    rate_on DATE,
    rate MICROS_BLOB,
    PRIMARY KEY (source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE stock_history (
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    product_source_id TEXT,
    location_source_id TEXT,
    stock_type TEXT,
    on_hand MICROS_BLOB,
    available MICROS_BLOB,
    unit TEXT,
    unit_cost MICROS_BLOB,
    value MICROS_BLOB,
    currency TEXT,
    is_deleted BOOLEAN,
    run_id INTEGER NOT NULL,
    PRIMARY KEY (source, source_id, changed_at)
)
 WITHOUT ROWID;
CREATE TABLE hub_streams (
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    cursor BIGINT,
    state TEXT,
    resume TEXT,
    resume_since BIGINT,
    resume_until BIGINT,
    map_fingerprint TEXT NOT NULL,
    last_complete_at BIGINT,
    source_total INTEGER,
    source_total_at BIGINT,
    PRIMARY KEY (source, stream)
)
 WITHOUT ROWID;
CREATE TABLE hub_leases (
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    holder TEXT,
    token INTEGER NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (source, stream)
)
 WITHOUT ROWID;
CREATE TABLE hub_runs (
    id INTEGER NOT NULL,
    sync_id TEXT NOT NULL,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    mode TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    since BIGINT,
    until BIGINT NOT NULL,
    rows_read INTEGER NOT NULL,
    rows_unrouted INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    source_total INTEGER,
    read INTEGER NOT NULL,
    inserted INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    superseded INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    held INTEGER,
    error TEXT NOT NULL,
    notes TEXT,
    PRIMARY KEY (id)
);
CREATE TABLE hub_pages (
    run_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    entity TEXT NOT NULL,
    rows INTEGER NOT NULL,
    unrouted INTEGER NOT NULL,
    read INTEGER NOT NULL,
    inserted INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    superseded INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    origin TEXT NOT NULL,
    first_row INTEGER NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (run_id, number, entity)
)
 WITHOUT ROWID;
CREATE TABLE hub_quarantine (
    id INTEGER NOT NULL,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    entity TEXT NOT NULL,
    record_key TEXT NOT NULL,
    source_id TEXT,
    field TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    origin TEXT NOT NULL,
    row_number INTEGER NOT NULL,
    raw TEXT,
    run_id INTEGER NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    times_seen INTEGER NOT NULL,
    status TEXT NOT NULL,
    settled_at BIGINT,
    settled_by TEXT,
    PRIMARY KEY (id),
    CONSTRAINT uq_hub_quarantine_record UNIQUE (source, stream, entity, record_key, field, rule)
);
CREATE TABLE hub_held (
    source TEXT NOT NULL,
    entity TEXT NOT NULL,
    rows INTEGER NOT NULL,
    PRIMARY KEY (source, entity)
)
 WITHOUT ROWID;
CREATE TABLE hub_columns (
    entity TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (entity, name)
)
 WITHOUT ROWID;
CREATE TABLE hub_changes (
    sequence INTEGER NOT NULL,
    entity TEXT NOT NULL,
    source TEXT NOT NULL,
    run_id INTEGER NOT NULL,
    keys TEXT,
    PRIMARY KEY (sequence)
);
CREATE TABLE hub_marks (
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name)
)
 WITHOUT ROWID;
CREATE INDEX ix_hub_runs_stream ON hub_runs (source, stream, id);
CREATE INDEX ix_hub_runs_running ON hub_runs (source, stream) WHERE status = 'running';
CREATE INDEX ix_hub_quarantine_open ON hub_quarantine (status, source, stream, entity, source_id);
INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING version_num;
CREATE TABLE hub_links (
    entity TEXT NOT NULL,
    source TEXT NOT NULL,
    source_id TEXT NOT NULL,
    golden_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    score MICROS_BLOB,
    evidence TEXT,
    with_source TEXT,
    with_source_id TEXT,
    linked_at BIGINT NOT NULL,
    resolution_id INTEGER NOT NULL,
    PRIMARY KEY (entity, source, source_id)
)
 WITHOUT ROWID;
CREATE TABLE hub_reviews (
    id INTEGER NOT NULL,
    entity TEXT NOT NULL,
    left_source TEXT NOT NULL,
    left_id TEXT NOT NULL,
    right_source TEXT NOT NULL,
    right_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    score MICROS_BLOB,
    evidence TEXT,
    status TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    settled_at BIGINT,
    PRIMARY KEY (id),
    CONSTRAINT uq_hub_reviews_pair UNIQUE (entity, left_source, left_id, right_source, right_id)
);
CREATE TABLE hub_decisions (
    id INTEGER NOT NULL,
    entity TEXT NOT NULL,
    kind TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL,
    "before" TEXT,
    undone_at BIGINT,
    undone_by TEXT,
    undone_why TEXT,
    resolution_id INTEGER,
    PRIMARY KEY (id)
);
CREATE TABLE hub_decision_pairs (
    decision_id INTEGER NOT NULL,
    left_source TEXT NOT NULL,
    left_id TEXT NOT NULL,
    right_source TEXT NOT NULL,
    right_id TEXT NOT NULL,
    same BOOLEAN NOT NULL,
    PRIMARY KEY (decision_id, left_source, left_id, right_source, right_id)
)
 WITHOUT ROWID;
CREATE TABLE hub_resolutions (
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    sequence INTEGER NOT NULL,
    settings TEXT NOT NULL,
    counts TEXT,
    PRIMARY KEY (id)
);
CREATE TABLE golden_customers (
    golden_id TEXT NOT NULL,
    records INTEGER NOT NULL,
    provenance TEXT,
    resolution_id INTEGER NOT NULL,
    deleted_at BIGINT,
    name TEXT,
    legal_name TEXT,
    kind TEXT,
    status TEXT,
    number TEXT,
    email TEXT,
    phone TEXT,
    website TEXT,
    tax_id TEXT,
    tax_country TEXT,
    company_number TEXT,
    duns TEXT,
    lei TEXT,
    gln TEXT,
    industry TEXT,
    industry_code TEXT,
    employees BIGINT,
    annual_revenue MICROS_BLOB,
    currency TEXT,
    language TEXT,
    segment TEXT,
    owner TEXT,
    lead_source TEXT,
    parent_golden_id TEXT,
    bill_to_golden_id TEXT,
    street TEXT,
    street2 TEXT,
    city TEXT,
    region TEXT,
    postal_code TEXT,
    country TEXT,
    created_at BIGINT,
    PRIMARY KEY (golden_id)
)
 WITHOUT ROWID;
CREATE TABLE golden_products (
    golden_id TEXT NOT NULL,
    records INTEGER NOT NULL,
    provenance TEXT,
    resolution_id INTEGER NOT NULL,
    deleted_at BIGINT,
    sku TEXT,
    name TEXT,
    description TEXT,
    gtin TEXT,
    mpn TEXT,
    manufacturer TEXT,
    brand TEXT,
    category TEXT,
    kind TEXT,
    status TEXT,
    unit TEXT,
    list_price MICROS_BLOB,
    price_quantity MICROS_BLOB,
    price_unit TEXT,
    price_currency TEXT,
    unit_cost MICROS_BLOB,
    cost_unit TEXT,
    cost_currency TEXT,
    weight_kg MICROS_BLOB,
    parent_golden_id TEXT,
    reorder_level MICROS_BLOB,
    reorder_quantity MICROS_BLOB,
    lead_time_days MICROS_BLOB,
    is_stocked BOOLEAN,
    created_at BIGINT,
    PRIMARY KEY (golden_id)
)
 WITHOUT ROWID;
CREATE INDEX ix_hub_links_golden ON hub_links (entity, golden_id);
CREATE INDEX ix_hub_reviews_status ON hub_reviews (status, entity);
UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';
CREATE TABLE hub_schedules (
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    rule TEXT NOT NULL,
    slot_at BIGINT,
    next_at BIGINT,
    claimed_at BIGINT,
    retry_at BIGINT,
    wanted_at BIGINT,
    started_at BIGINT,
    ended_at BIGINT,
    outcome TEXT NOT NULL,
    failures BIGINT NOT NULL,
    paused_at BIGINT,
    paused_by TEXT,
    paused_why TEXT,
    PRIMARY KEY (source, stream)
)
 WITHOUT ROWID;
CREATE TABLE hub_alerts (
    id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    title TEXT NOT NULL,
    detail TEXT NOT NULL,
    fix TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (id)
);
CREATE TABLE hub_deliveries (
    alert_id BIGINT NOT NULL,
    event TEXT NOT NULL,
    channel TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    done_at BIGINT,
    error TEXT NOT NULL,
    PRIMARY KEY (alert_id, event, channel)
)
 WITHOUT ROWID;
CREATE TABLE hub_backfills (
    id INTEGER NOT NULL,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT NOT NULL,
    status TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    cancel_at BIGINT,
    counted BIGINT,
    rows BIGINT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_hub_alerts_open ON hub_alerts ("key") WHERE ended_at IS NULL;
CREATE INDEX ix_hub_deliveries_waiting ON hub_deliveries (next_at) WHERE done_at IS NULL;
UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';
CREATE TABLE hub_snapshots (
    id INTEGER NOT NULL,
    taken_at BIGINT NOT NULL,
    metric TEXT NOT NULL,
    request TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    total_rows BIGINT NOT NULL,
    value TEXT,
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_hub_snapshots_metric ON hub_snapshots (metric, request, id);
UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0003';
CREATE TABLE hub_users (
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    seen_at BIGINT,
    PRIMARY KEY (name)
)
 WITHOUT ROWID;
CREATE TABLE hub_sessions (
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    via TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (digest)
)
 WITHOUT ROWID;
CREATE TABLE hub_api_tokens (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    role TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (id)
);
CREATE TABLE hub_login_attempts (
    "key" TEXT NOT NULL,
    failures BIGINT NOT NULL,
    window_at BIGINT NOT NULL,
    PRIMARY KEY ("key")
)
 WITHOUT ROWID;
CREATE TABLE hub_audit (
    id INTEGER NOT NULL,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    role TEXT NOT NULL,
    via TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE hub_erased (
    digest TEXT NOT NULL,
    what TEXT NOT NULL,
    erased_at BIGINT NOT NULL,
    PRIMARY KEY (digest)
)
 WITHOUT ROWID;
CREATE TABLE hub_keys (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
)
 WITHOUT ROWID;
CREATE INDEX ix_hub_sessions_name ON hub_sessions (name);
CREATE UNIQUE INDEX uq_hub_api_tokens_name ON hub_api_tokens (name);
CREATE UNIQUE INDEX uq_hub_api_tokens_digest ON hub_api_tokens (digest);
CREATE INDEX ix_hub_audit_at ON hub_audit (at);
CREATE INDEX ix_hub_audit_who ON hub_audit (who, id);
CREATE TRIGGER hub_audit_update BEFORE UPDATE ON hub_audit BEGIN SELECT RAISE(ABORT, 'the audit log of the hub is only added to'); END;
CREATE TRIGGER hub_audit_delete BEFORE DELETE ON hub_audit BEGIN SELECT RAISE(ABORT, 'the audit log of the hub is only added to'); END;
UPDATE alembic_version SET version_num='0005' WHERE alembic_version.version_num = '0004';
CREATE TABLE hub_requests (
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    stream TEXT NOT NULL,
    detail TEXT NOT NULL,
    status TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    result TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE hub_daemons (
    holder TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    streams BIGINT NOT NULL,
    problem TEXT NOT NULL,
    PRIMARY KEY (holder)
)
 WITHOUT ROWID;
CREATE INDEX ix_hub_requests_open ON hub_requests (id) WHERE ended_at IS NULL;
UPDATE alembic_version SET version_num='0006' WHERE alembic_version.version_num = '0005';
DROP TRIGGER hub_audit_delete;
CREATE TRIGGER hub_audit_delete BEFORE DELETE ON hub_audit WHEN OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - 90 * 86400) * 1000000 BEGIN SELECT RAISE(ABORT, 'the audit log of the hub is only added to'); END;
UPDATE alembic_version SET version_num='0007' WHERE alembic_version.version_num = '0006';
