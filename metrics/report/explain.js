(() => {
  const file = document.getElementById('explanations'), panel = document.getElementById('panel');
  if (!file || !panel || !panel.showModal) return;
  const body = panel.querySelector('.told'), back = panel.querySelector('.back');
  let told = null;
  const path = [];
  const make = (tag, text, kind) => {
    const made = document.createElement(tag);
    if (text !== undefined && text !== null) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const within = (tag, children, kind) => { const made = make(tag, null, kind); made.append(...children); return made; };
  const figure = (text, place, output) => {
    const made = make('button', text, 'fig');
    made.type = 'button';
    made.dataset.figure = place;
    made.dataset.output = output;
    return made;
  };
  const named = (text, place, output) => { const made = figure(text, place, output); made.dataset.named = 'yes'; return made; };
  const table = (heads, rows, right) => within('div', [within('table', [
    within('thead', [within('tr', heads.map((head, place) => { const made = make('th', head, right(place) ? 'right' : ''); made.scope = 'col'; return made; }))]),
    within('tbody', rows.map(cells => within('tr', cells.map((cell, place) => {
      const made = make('td', null, right(place) ? 'right' : typeof cell === 'string' && cell.length < 13 ? 'brief' : '');
      made.append(cell ?? '');
      return made;
    })))),
  ])], 'scroll');
  const link = (text, address) => {
    if (!/^https?:\/\//.test(address || '')) return text;
    const made = make('a', text);
    made.href = address;
    made.target = '_blank';
    made.rel = 'noopener noreferrer';
    return made;
  };
  const records = (rows, values) => {
    const used = values.map((_, place) => rows.some(row => row[4][place] !== null));
    const names = values.filter((_, place) => used[place]);
    const has = [2, 3, 5].map(place => rows.some(row => row[place]));
    const heads = ['Record', 'Kind', ...(has[0] ? ['Number'] : []), ...(has[1] ? ['Day'] : []), ...names.map(name => name.replaceAll('_', ' ')), ...(has[2] ? ['Own currency'] : [])];
    const first = 2 + has[0] + has[1];
    return table(heads, rows.map(row => [
      link(row[0], row[6]), row[1], ...(has[0] ? [row[2]] : []), ...(has[1] ? [row[3]] : []),
      ...row[4].filter((_, place) => used[place]), ...(has[2] ? [row[5]] : []),
    ]), place => place >= first && place < first + names.length);
  };
  const list = lines => within('ul', lines.map(line => line instanceof Node ? within('li', [line]) : make('li', line)), 'notes');
  const command = (text, what) => within('p', [document.createTextNode(`${what}: `), make('code', text)], 'how');
  const rows = (entry, output, text) => {
    const metric = told.metrics[entry.metric], [title, unit] = metric.outputs[output];
    const heading = make('h2', metric.title + (entry.group.length ? ' · ' + entry.group.join(' · ') : ''));
    const exact = entry.outputs[output] ?? '-', measured = new Map(entry.inputs);
    const followed = Object.entries(metric.outputs).filter(([name]) => !measured.has(name) || measured.get(name) !== entry.outputs[name]);
    const what = name => name in metric.outputs && !followed.some(([other]) => other === name) ? `${metric.outputs[name].join(', ')} (measured)` : 'measured';
    const made = [
      heading, within('p', [make('b', text ?? exact), document.createTextNode(` ${title}`)], 'figure-told'),
      ...((text ?? exact) === exact ? [] : [make('p', `Exactly ${exact} ${unit}`, 'lead exactly')]),
      make('p', metric.formula, 'lead'),
      make('h3', 'Inputs, and what follows from them'),
      table(['Name', 'Exact value', 'What'], [
        ...entry.inputs.map(([name, value]) => [name, value ?? '-', what(name)]),
        ...entry.parameters.map(([name, value]) => [name, value, 'parameter']),
          ...followed.map(([name, [words, of]]) => [name, entry.outputs[name] ?? '-', `${words}, ${of}`]),
      ], place => place === 1),
    ];
    const parts = (entry.parts || {})[output];
    if (parts) made.push(make('h3', 'By system'), table(['System', title], parts.map(([name, value, place]) => [name, figure(value, place, output)]), place => place === 1));
    made.push(make('h3', 'What counts'), list([entry.counted, 'Rule: ' + metric.rule, ...entry.filters]));
    for (const [heading, counts] of [['Left out, and why', false], ['To be known', true]]) {
      const those = entry.asides.filter(aside => aside.counts === counts);
      if (those.length) made.push(make('h3', heading), list(those.map(aside => aside.records.length
        ? within('details', [make('summary', aside.text), records(aside.records, entry.values)]) : document.createTextNode(aside.text))));
    }
    if (entry.rates.length) made.push(make('h3', 'Rates, of the day of the record or the last one before'), list(entry.rates));
    if (entry.merged.length) made.push(make('h3', 'One and the same in several systems'), list(entry.merged));
    made.push(make('h3', entry.full ? 'Records' : `Records: ${entry.records.length < entry.total ? `${entry.metric === 'dangling_references' ? '' : 'the largest '}${entry.records.length.toLocaleString('en')} of ` : ''}${entry.total.toLocaleString('en')}`));
    if (entry.full) made.push(make('p', `${entry.total.toLocaleString('en')} records count. They are not in this file, which has no more room.`, 'lead'));
    else if (entry.records.length) made.push(records(entry.records, entry.values));
    made.push(command(entry.command, 'All of it, to the last record'), make('p', `Definition: ${metric.source}.`, 'how'));
    return [heading, made];
  };
  const summed = entry => {
    const heading = make('h2', entry.title);
    return [heading, [
      heading, ...(entry.value ? [within('p', [make('b', entry.value)], 'figure-told')] : []), make('p', entry.formula, 'lead'),
      make('h3', entry.rows.length < entry.count ? `${entry.rows.length} of ${entry.count.toLocaleString('en')}` : 'In detail'),
      table(entry.heads, entry.rows.map(([cells, place, output, page]) => cells.map((cell, at) => at > 0 ? cell : place !== null ? named(cell, place, output) : link(cell, page))), place => place > 0 && entry.rows.every(([cells]) => /^[-+]?[0-9][0-9 ,.%]*$|^-?$/.test(cells[place]))),
      ...(entry.command ? [command(entry.command, entry.what)] : []),
    ]];
  };
  const show = () => {
    const [place, output, text] = path[path.length - 1];
    told ??= JSON.parse(file.textContent);
    const entry = told.figures[place];
    const [heading, made] = entry.metric ? rows(entry, output, text) : summed(entry);
    heading.id = 'panel-title';
    heading.tabIndex = -1;
    body.replaceChildren(...made);
    body.scrollTop = 0;
    back.hidden = path.length < 2;
    if (!panel.open) panel.showModal();
    heading.focus();
  };
  document.addEventListener('click', event => {
    const asked = event.target instanceof Element ? event.target.closest('button.fig') : null;
    if (!asked) return;
    if (!panel.open) path.length = 0;
    path.push([Number(asked.dataset.figure), asked.dataset.output, asked.dataset.named ? null : asked.textContent]);
    show();
  });
  back.addEventListener('click', () => { path.pop(); show(); });
  panel.querySelector('.close').addEventListener('click', () => panel.close());
  panel.addEventListener('click', event => { if (event.target === panel) panel.close(); });
})();
