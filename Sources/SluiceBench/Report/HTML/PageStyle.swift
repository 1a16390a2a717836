/// The looks of a page of figures: light or dark as the reader's system is, from phones to desktops.
enum PageStyle {
    static let css = """
        :root { color-scheme: light dark; --paper: #fff; --panel: #f6f7f9; --ink: #1b2330; --soft: #5c6675;
          --rule: #dfe3e8; --link: #0b5cad; --met: #1f7a4d; --missed: #b3261e; --mark: #1b2330;
          --c0: #4c84c4; --c1: #cf7d17; --c2: #7a5cc4; --c3: #2f8f83; --c4: #b8447f; --c5: #6b8e23; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #12161c; --panel: #1a2029; --ink: #e4e8ee; --soft: #98a3b3;
          --rule: #2d3643; --link: #6fb3ff; --met: #5fc492; --missed: #ff8a80; --mark: #f4f6f9;
          --c0: #4f86c6; --c1: #c98528; --c2: #8f76d6; --c3: #3d9f92; --c4: #c25c92; --c5: #86a63f; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 1120px; padding: 24px 20px 48px; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        h1 { font-size: 24px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 20px; margin: 44px 0 0; padding-top: 14px; border-top: 2px solid var(--rule); }
        h3 { font-size: 15px; margin: 0 0 8px; overflow-wrap: anywhere; }
        p { margin: 4px 0; }
        a { color: var(--link); }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        .soft, .note, footer { color: var(--soft); }
        .note, footer { font-size: 13px; }
        .warning { color: var(--missed); font-weight: 600; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px;
          margin: 20px 0 0; }
        .tile { background: var(--panel); border-radius: 8px; padding: 12px 14px; }
        .tile b { display: block; font-size: 24px; line-height: 1.2; font-variant-numeric: tabular-nums; }
        .tile span { color: var(--soft); font-size: 13px; }
        .bad b { color: var(--missed); }
        nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 18px 0 0; padding: 0; list-style: none; }
        article { background: var(--panel); border-radius: 8px; padding: 14px 16px; margin: 14px 0 0; min-width: 0; }
        .scroll { overflow-x: auto; margin: 0 0 8px; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
        th, td { text-align: left; padding: 5px 0 5px 12px; border-bottom: 1px solid var(--rule);
          vertical-align: top; }
        th:first-child { padding-left: 0; }
        th { font-weight: 500; }
        thead th { color: var(--soft); font-size: 13px; vertical-align: bottom; }
        tbody th { min-width: 130px; }
        thead tr + tr th:first-child { padding-left: 12px; }
        .n { text-align: right; white-space: nowrap; }
        .group { text-align: center; white-space: nowrap; border-bottom: 0; padding-bottom: 0; color: var(--ink); }
        .group span { display: block; border-bottom: 1px solid var(--rule); padding-bottom: 2px; }
        .first, .group, thead tr + tr .first:first-child { padding-left: 22px; }
        td b { font-weight: 600; }
        td.soft { font-weight: 400; }
        small { display: block; font-size: 12px; color: var(--soft); }
        small.met { color: var(--met); }
        small.missed { color: var(--missed); font-weight: 700; }
        figure { margin: 14px 0 0; }
        figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 16px; font-size: 13px;
          color: var(--soft); margin: 0 0 4px; }
        figcaption i { display: inline-block; width: 4px; height: 15px; border-radius: 1.5px; margin: 0 7px -3px 0;
          background: var(--mark); }
        .chart { display: block; width: 100%; height: auto; }
        .narrow { display: none; }
        .chart text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          fill: var(--soft); font-variant-numeric: tabular-nums; }
        .chart .name, .chart .value { fill: var(--ink); }
        .chart .value { font-weight: 600; }
        .end { text-anchor: end; }
        .middle { text-anchor: middle; }
        .grid { stroke: var(--rule); }
        .axis { stroke: var(--soft); }
        .published { fill: var(--mark); stroke: var(--panel); stroke-width: 1.5; paint-order: stroke; }
        .c0 { fill: var(--c0); } .c1 { fill: var(--c1); } .c2 { fill: var(--c2); }
        .c3 { fill: var(--c3); } .c4 { fill: var(--c4); } .c5 { fill: var(--c5); }
        details { margin: 14px 0 0; }
        summary { cursor: pointer; font-size: 13px; color: var(--link); }
        .lines { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 270px), 1fr));
          gap: 0 28px; }
        .small figcaption { color: var(--ink); flex-wrap: nowrap; align-items: baseline; }
        .small b { white-space: nowrap; font-variant-numeric: tabular-nums; }
        .line { fill: none; stroke: var(--c0); stroke-width: 1.8; stroke-linejoin: round; }
        .band { fill: var(--c0); opacity: .2; }
        .dot { fill: var(--c0); }
        footer { margin-top: 40px; }
        @media (max-width: 640px) { .wide { display: none; } .narrow { display: block; }
          body { padding: 18px 12px 40px; } article { padding: 12px; }
          tbody th { min-width: 104px; } .first, .group, thead tr + tr .first:first-child { padding-left: 16px; } }
        @media print { article { break-inside: avoid; } }
        """
}
