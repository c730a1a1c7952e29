<?php
/**
 * Plugin Name:       Unspun
 * Description:       Checks drafts for spun text, words swapped for near-synonyms and machine translation, before they go out. Asks your own Unspun service, and nobody else.
 * Version:           0.1.0
 * Requires at least: 6.5
 * Requires PHP:      7.4
 * Author:            The Unspun authors
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       unspun
 * Domain Path:       /languages
 *
 * @package Unspun
 */

namespace Unspun;

defined( 'ABSPATH' ) || exit;

const VERSION = '0.1.0';
const FILE    = __FILE__;

require __DIR__ . '/includes/options.php';
require __DIR__ . '/includes/service.php';
require __DIR__ . '/includes/verdict.php';
require __DIR__ . '/includes/record.php';
require __DIR__ . '/includes/rest.php';
require __DIR__ . '/includes/release.php';
require __DIR__ . '/includes/gate.php';
require __DIR__ . '/includes/held.php';
require __DIR__ . '/includes/settings-page.php';
require __DIR__ . '/includes/editor.php';
require __DIR__ . '/includes/archive.php';
require __DIR__ . '/includes/archive-page.php';
require __DIR__ . '/includes/posts-list.php';
require __DIR__ . '/includes/classic.php';

// From 6.8 on, WordPress finds them by itself.
add_action(
	'init',
	function () {
		load_plugin_textdomain( 'unspun', false, dirname( plugin_basename( FILE ) ) . '/languages' );
	}
);
